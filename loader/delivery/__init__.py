"""Operations of a run sent to the API, each done once; what became of the unknown ones found out.

The course:
delivery     of one run: for each kind of operation, what sends it and what settles it
rounds       what is pending is sent while what is unknown is looked up
engine       the workers: intent, send, record
shared       what both share: journal, clock, policy, stop
ports        what is needed of the API
stop, stoppable_waits   a stop is asked for, and seen by every wait

What is sent, besides creates:
update_sender, delete_sender   each offer is read first, and changed only as it was found
early_reads                    which of these reads may show an older copy

How fast, and when to give up:
departure                      one request, from its slot until its bytes are sent
rate_limit, adaptive_rate, refused_share   the set rate; the rate that the server takes
retry                          when to try again, and when the run stops
bottleneck                     why it is not faster, in words

Operations without a known outcome:
withheld_by_unknown            which there are, and what waits for them
find_unknown_creates           looked up in whole lists, one of which creates_in_listing judges
find_unknown_changes           looked up by the id of the offer
baseline                       what was there before: no sign of a create of ours
taken_names                    creates whose name is there already
"""
