"""Inboxes elsewhere: a bucket, an SFTP server, whatever fsspec can reach.

address   how an inbox elsewhere is written, and what must not be in it
store     what a place elsewhere must be able to do
objects   buckets and the like, through fsspec: no renames, so a claim is noted here
sftp      SFTP servers, through asyncssh: a claim is a rename there
spool     the copies on this machine, for as long as a claim lasts
claims    how claims are kept: by renames there, or by copies and notes here
remote_folder  all of it as a folder for drops
"""

from loader.inbox.remote.address import RemoteAddress, remote_address
from loader.inbox.remote.remote_folder import RemoteFolder, open_folder
from loader.inbox.remote.store import Network

__all__ = ["Network", "RemoteAddress", "RemoteFolder", "open_folder", "remote_address"]
