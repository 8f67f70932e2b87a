"""Which certificates are trusted."""

import ssl

import certifi


def tls_context(ca_file: str, *, is_used: bool = True) -> ssl.SSLContext:
    """Verify always: the system's authorities and certifi's, or exactly those of `ca_file`.

    Where it is not used none is read: no server would be trusted.
    """
    if not is_used:
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if ca_file:
        return ssl.create_default_context(cafile=ca_file)
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
