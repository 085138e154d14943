"""A local stand-in of Meta: Facebook pages and Messenger.

It answers Graph calls as Meta would, keeps what was said, and delivers signed webhooks. The
shapes and rules come from Meta's own documentation of the Graph API, the Page webhooks and the
Messenger Platform; where Meta documents nothing, the stand-in takes the stricter reading.
"""
