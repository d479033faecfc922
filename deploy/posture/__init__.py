"""What somebody with more rights changed behind the pipeline's back: a look each night."""
