package io.wiregate.control.access;

import java.util.UUID;

/// Who makes a request.
public record Caller(UUID token, String name, Role role) {}
