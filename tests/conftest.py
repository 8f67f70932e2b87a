"""What every test shares."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    """Run async tests on asyncio, the event loop of the product (its HTTP transport needs it)."""
    return "asyncio"
