"""One message on its way, from its claim to the answer that is written back: worker, pipeline, stages."""
