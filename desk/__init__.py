"""The clinic's desk: pages for the team, over the clinic's services."""
