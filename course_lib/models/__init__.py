"""The models of the course: plain nn.Module, each with its own loss."""
