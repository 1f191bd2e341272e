package io.wiregate.control.config;

import io.wiregate.os.net.IpPrefix;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Everything an operator can set, checked. Immutable.
///
/// @param zoneKeyFile the key that seals the zones' private keys in the database
/// @param apiHosts names beside loopback's that may stand in a request's `Host`
/// @param endpoint the host that clients use, or null for the address toward the internet
/// @param workers 0 for as many as there are processors
/// @param addressQuarantine how long the address of a deleted peer rests
/// @param podNetworks of the cluster, denied to zones that do not name them
/// @param zones those that are enabled
public record Configuration(
    Path stateDirectory,
    Path zoneKeyFile,
    ListenAddress apiListen,
    List<String> apiHosts,
    DatabaseSettings database,
    @Nullable String endpoint,
    int workers,
    CipherPreference cipher,
    OffloadSettings offloads,
    Duration addressQuarantine,
    LogLevel logLevel,
    List<IpPrefix> podNetworks,
    List<ZoneSettings> zones) {}
