"""Whether a new revision may have more of the traffic: figures of both in, one verdict out."""
