"""The services of docker-compose.yml as processes of this machine."""

from devtools.cluster.server import Cluster

__all__ = ["Cluster"]
