"""A local stand-in of X: posts, direct messages, and the two products that push them.

It answers the v2 API as X would, keeps what was said, and delivers signed webhooks in the shape of
the Account Activity API or of the X Activity API. Shapes and rules come from X's documentation of
August 2026; where X documents nothing, the stand-in takes the stricter reading, and says so beside
the rule.
"""
