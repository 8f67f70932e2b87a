"""The web page: a door over `loader.run`, like the command line and the inbox.

serving   the server and its routes      guard    who may ask for what
pages     how a page is made             words    every word that is on one
start, running, results, history         what the person sees
jobs      runs, in threads of their own
"""
