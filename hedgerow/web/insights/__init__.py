"""The pages of insights: one kind of question each, with an editor, a chart and a table.

A page's question is a query, whole, in the address (`q`). The editor shows the parts of the query it knows and keeps
the others; what it sends is written into the query, which becomes the new address. So a link holds everything, and a
query written by hand or by a program can be opened in the editor.
"""
