"""Pages of dashboards: their list, the board with its tiles, and what a tile shows of a saved insight.

`tiles` renders one answer from plain values, without a request, wherever it is shown: on a board, on the insight's own
page, or to the public.
"""
