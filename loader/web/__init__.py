"""The web page: a door over `loader.run`, like the command line and the inbox.

server              sockets and routes
guard               who may ask for what
app_state           what the pages share
rendering           how a page is made
page_words          every word that is on one
jobs                runs, in threads of their own
start_page          drop a file, see the last runs
sheet_page          the rows in a grid, and the edits
columns_page        what the columns of a foreign sheet are
preview_page        an offer as a customer sees it
plan_page           what will happen, and the button that sends it
running_page        a run at work
results_page        a run that is over
history_page        all runs, and the audit
"""
