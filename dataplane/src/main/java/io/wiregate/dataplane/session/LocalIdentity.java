package io.wiregate.dataplane.session;

import io.wiregate.dataplane.noise.CookieChecker;
import io.wiregate.dataplane.noise.StaticIdentity;

/// Who an interface is: its key pair, and what tells whether a message is meant for it. Immutable;
/// a new private key is a new identity.
public record LocalIdentity(StaticIdentity keys, CookieChecker cookies) {}
