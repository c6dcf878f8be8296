"""Spark: the same statements over Parquet, on as many machines as there are. Nothing of pyspark is imported but in session.py."""
