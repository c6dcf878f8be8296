"""What stands around a month's cards: index, area and county pages, summary.xlsx, bundles to hand over.

Pages and workbooks take the values of `planned`; how cards are made is the press's business.
"""
