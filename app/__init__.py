"""data-api: reads the pipeline's rows and hands them to callers who prove who they are."""
