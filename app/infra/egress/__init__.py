"""The only way out: every connection to a URL that a caller gave us.

Owns the verdict on addresses, name resolution, dialling, downloads and webhook posts. Nothing else may import an HTTP
client. Must not know jobs, and must not tell a caller why an address was refused: the log does.
"""

from app.infra.egress.addresses import verdict
from app.infra.egress.client import Egress, Posted, PostFailed
from app.infra.egress.files import Downloaded
from app.infra.egress.names import Resolve, system_resolve
from app.infra.egress.urls import masked

__all__ = ["Downloaded", "Egress", "PostFailed", "Posted", "Resolve", "masked", "system_resolve", "verdict"]
