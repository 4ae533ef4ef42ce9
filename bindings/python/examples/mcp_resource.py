"""A protected resource of the Model Context Protocol, in FastAPI.

ISSUER=https://issuer.example RESOURCE=https://api.example/mcp uvicorn mcp_resource:app

A client that knows only the URL of the resource finds everything else: the challenge of its first
request names the metadata of the resource (RFC 9728), the metadata name the authorization server
and the scopes, and a token must be for this resource and no other (RFC 8707).
"""

import os
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, FastAPI
from pydantic import BaseModel
from verijot import JwksClient, VerifiedToken
from verijot.fastapi import Bearer
from verijot.web import resource_metadata_url

ISSUER = os.environ["ISSUER"]
RESOURCE = os.environ["RESOURCE"]
METADATA = resource_metadata_url(RESOURCE)
SCOPES = ["notes:read"]

client = JwksClient.from_issuer(ISSUER, audience=RESOURCE)
bearer = Bearer(client, resource_metadata=METADATA).requires(scopes=SCOPES)
app = FastAPI()


@app.get(urlsplit(METADATA).path)
async def metadata() -> dict[str, Any]:
    """Says where tokens for this resource come from (RFC 9728 section 2)."""
    return {
        "resource": RESOURCE,
        "authorization_servers": [ISSUER],
        "scopes_supported": SCOPES,
        "bearer_methods_supported": ["header"],
    }


class Call(BaseModel):
    """A request of JSON-RPC 2.0."""

    id: int
    method: str


@app.post(urlsplit(RESOURCE).path)
async def mcp(call: Call, token: Annotated[VerifiedToken, Depends(bearer)]) -> dict[str, Any]:
    """Answers clients that have a token for this resource."""
    if call.method != "tools/list":
        error = {"code": -32601, "message": "Method not found"}
        return {"jsonrpc": "2.0", "id": call.id, "error": error}
    schema = {"type": "object"}
    tool = {"name": "notes", "description": f"Notes of {token.subject}", "inputSchema": schema}
    return {"jsonrpc": "2.0", "id": call.id, "result": {"tools": [tool]}}
