"""The web application: middleware from the outside in, templates, routes."""

from __future__ import annotations

from aiohttp import web

from minxin.webui.api.judgements import JUDGING
from minxin.webui.context import SERVICES, Services
from minxin.webui.live import stop_live
from minxin.webui.middleware.access_log import log_access
from minxin.webui.middleware.body import read_body
from minxin.webui.middleware.csrf import check_form_token
from minxin.webui.middleware.errors import answer_errors
from minxin.webui.middleware.headers import add_headers
from minxin.webui.middleware.preferences import read_preferences
from minxin.webui.middleware.session import load_session
from minxin.webui.routes import all_routes
from minxin.webui.templating import set_up_templates

# The errors stand inside of the language, in which they are told, and outside of all that may refuse.
MIDDLEWARE = (log_access, read_preferences, answer_errors, load_session, read_body, check_form_token)


def create_app(services: Services) -> web.Application:
    """Build the application over these services; nothing is opened, and nothing of theirs is closed with it."""
    app = web.Application(middlewares=MIDDLEWARE, client_max_size=services.settings.largest_body_bytes)
    app[SERVICES] = services
    app[JUDGING] = set()
    set_up_templates(app)
    app.on_response_prepare.append(add_headers)
    app.on_shutdown.append(stop_live)
    app.add_routes(all_routes())
    return app
