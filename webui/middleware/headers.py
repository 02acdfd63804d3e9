"""The headers that every answer carries (ASVS 3.4.1 to 3.4.6)."""

from __future__ import annotations

from aiohttp import web

from minxin.webui.context import REQUEST_ID, SERVICES

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "object-src 'none'",
    )
)
_ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    # Not "no-referrer": with that, browsers send "Origin: null" with our own forms and the CSRF check can't tell.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
STRICT_TRANSPORT = "max-age=31536000; includeSubDomains"


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Add what the answer does not say itself; a page may only narrow its own policy or lengthen its own caching."""
    for name, value in _ALWAYS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("X-Request-Id", request.get(REQUEST_ID, "-"))
    if request.app[SERVICES].settings.secure_cookies:
        response.headers.setdefault("Strict-Transport-Security", STRICT_TRANSPORT)
    response.headers.pop("Server", None)
