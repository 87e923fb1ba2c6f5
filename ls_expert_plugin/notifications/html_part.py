"""HTML part of a message: one small template, readable without pictures, in light and in dark.

Mail programs know little CSS: what counts stands in ``style`` attributes, as light; those that know more find the dark colours in the
sheet. Nothing is loaded from anywhere, so reading a message tells nobody that it was read.
"""

from __future__ import annotations

from collections.abc import Sequence

from jinja2 import Environment, StrictUndefined

from ls_expert_plugin.notifications.messages import News, footer

_TEMPLATE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{{ subject }}</title>
<style>
  :root { color-scheme: light dark; }
  @media (prefers-color-scheme: dark) {
    .page { background: #15181d !important; color: #e6e9ee !important; }
    .card { background: #22262d !important; border-color: #3b424d !important; color: #e6e9ee !important; }
    .quiet, .quiet a { color: #a9b2bf !important; }
    .badge { background: #323945 !important; color: #e6e9ee !important; }
    .button { background: #8ab4f8 !important; color: #10151d !important; }
  }
</style>
</head>
<body class="page" style="margin:0;padding:0;background:#f4f6f9;color:#1f2933;">
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" border="0" style="background:#f4f6f9;color:#1f2933;">
<tr><td align="center" style="padding:24px 12px;">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px;font:16px/1.5 system-ui,-apple-system,'Segoe UI',Arial,sans-serif;">
{% if organisation %}<tr><td class="quiet" style="padding:0 4px 12px;font-size:14px;font-weight:600;color:#52606d;">{{ organisation }}</td></tr>{% endif %}
<tr><td class="card" style="background:#ffffff;border:1px solid #d5dbe3;border-radius:12px;padding:24px;color:#1f2933;">
<p style="margin:0 0 16px;">{{ greeting }}</p>
{% for one in told %}
<h{{ 1 if loop.first else 2 }} style="margin:{{ '0' if loop.first else '28px 0 0' }};font-size:20px;line-height:1.3;">{{ one.title }}</h{{ 1 if loop.first else 2 }}>
{% if one.status %}<p style="margin:8px 0 0;"><span class="badge" style="display:inline-block;padding:2px 10px;border-radius:10px;background:#e4e9f0;color:#1f2933;font-size:14px;font-weight:600;">{{ one.status }}</span></p>{% endif %}
<p style="margin:8px 0 0;">{{ one.text }}</p>
{% if one.action %}<p style="margin:16px 0 0;"><a class="button" href="{{ public_url }}{{ one.path }}" style="display:inline-block;padding:10px 20px;border-radius:8px;background:#0b57d0;color:#ffffff;font-weight:600;text-decoration:none;">{{ one.action }}</a></p>{% endif %}

{% endfor %}
</td></tr>
<tr><td class="quiet" style="padding:16px 4px 0;font-size:13px;color:#52606d;">{{ why }}<br><a href="{{ public_url }}/consent" style="color:#52606d;">Turn them off</a> · {{ replies }}</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
"""  # noqa: E501  # one element, one line
_template = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True).from_string(_TEMPLATE)


def html(told: Sequence[News], subject: str, greeting: str, organisation: str, public_url: str) -> str:
    """The message as a page. ``organisation``: whom it comes from, empty where nobody is named; ``public_url``: the portal."""
    why, _, replies = footer(public_url)
    return _template.render(
        told=told, subject=subject, greeting=greeting, organisation=organisation, public_url=public_url, why=why, replies=replies,
    )
