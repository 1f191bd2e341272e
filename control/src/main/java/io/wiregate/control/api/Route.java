package io.wiregate.control.api;

import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.wiregate.control.access.Caller;
import io.wiregate.control.access.Role;

/// One line of the API: a method, a path, and what it does for whom.
sealed interface Route {
  HandlerType method();

  String path();

  /// For everyone, with a token or without, from the server's first moment on.
  record Open(String path, OpenAction action) implements Route {
    interface OpenAction {
      void answer(Context context);
    }

    @Override
    public HandlerType method() {
      return HandlerType.GET;
    }
  }

  /// For callers with a role.
  record Guarded(HandlerType method, String path, Role role, GuardedAction action)
      implements Route {
    interface GuardedAction {
      void answer(Context context, Request request);
    }
  }

  /// What is known of a guarded request by then.
  record Request(Administration administration, Caller caller) {}
}
