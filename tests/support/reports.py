"""A report of mail that did not arrive, as Postfix writes it."""

from __future__ import annotations

POSTFIX = b"""From: MAILER-DAEMON@mx.example (Mail Delivery System)\r
Subject: Undelivered Mail Returned to Sender\r
To: wang@citizen.binhai.example\r
Auto-Submitted: auto-replied\r
MIME-Version: 1.0\r
Content-Type: multipart/report; report-type=delivery-status;\r
\tboundary="4FD1.1/mx.example"\r
\r
This is a MIME-encapsulated message.\r
\r
--4FD1.1/mx.example\r
Content-Description: Notification\r
Content-Type: text/plain; charset=us-ascii\r
\r
I'm sorry to have to inform you ...\r
\r
--4FD1.1/mx.example\r
Content-Description: Delivery report\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mx.example\r
X-Postfix-Queue-ID: 4FD1\r
Original-Envelope-Id: abc123\r
Arrival-Date: Thu, 12 Feb 2026 12:00:00 +0800 (CST)\r
\r
Final-Recipient: rfc822; friend@inner.example\r
Original-Recipient: rfc822;Friend@outside.example\r
Action: failed\r
Status: 5.2.2\r
Diagnostic-Code: smtp; 552 5.2.2 Mailbox\r
    full\r
\r
--4FD1.1/mx.example\r
Content-Type: text/rfc822-headers\r
\r
From: wang@citizen.binhai.example\r
Message-ID: <one@citizen.binhai.example>\r
Subject: =?utf-8?b?5L2g5aW9?=\r
\r
--4FD1.1/mx.example--\r
"""
