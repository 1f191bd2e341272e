package io.wiregate.control.api;

import io.wiregate.control.access.Tokens;
import io.wiregate.control.database.Database;
import io.wiregate.control.gateway.Gateway;
import io.wiregate.control.gateway.Reconciler;
import io.wiregate.control.peer.Peers;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/// What the API administers, once it is there.
///
/// @param isDatabaseThere asked for readiness
/// @param endpoint the host that clients shall connect to where they name none; empty where it is
///   not known
public record Administration(
    Database database,
    Tokens tokens,
    Peers peers,
    Gateway gateway,
    Reconciler reconciler,
    BooleanSupplier isDatabaseThere,
    Supplier<String> endpoint) {}
