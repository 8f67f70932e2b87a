"""Notify people at the end of a file and when a folder waits for long: by webhook and e-mail.

message   what there is to say, in words
webhook   the same as JSON, or as Slack and Teams expect it; posted
email     the same as an e-mail, with the rows to fix, or the results, where they are small enough
bounded_smtp  a connection to a mail server that ends
errors    how a notification may fail
listener  the listener: in a thread of its own, with a few tries; it never delays a load
"""

from loader.inbox.notify.listener import Notifier, notifier, send_test

__all__ = ["Notifier", "notifier", "send_test"]
