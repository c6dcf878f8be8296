"""Making thousands of cards: plan and batch · pool, worker, warm and lock · engine, child and parameters run the notebook ·
printing draws PDFs · verify holds the files against the marts · manifest remembers.
"""
