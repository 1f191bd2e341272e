package io.wiregate.os.testing.conformance;

import net.jqwik.api.lifecycle.AroundPropertyHook;
import net.jqwik.api.lifecycle.PropagationMode;
import net.jqwik.api.lifecycle.PropertyExecutionResult;
import net.jqwik.api.lifecycle.PropertyExecutor;
import net.jqwik.api.lifecycle.PropertyLifecycleContext;

/// Writes down how jqwik's properties with [Proves] went.
final class PropertyRecorder implements AroundPropertyHook {
  @Override
  public PropertyExecutionResult aroundProperty(
      PropertyLifecycleContext context, PropertyExecutor property) {
    PropertyExecutionResult executed = property.execute();
    Observation.Result result =
        executed.status() == PropertyExecutionResult.Status.SUCCESSFUL
            ? Observation.Result.HELD
            : Observation.Result.FAILED;
    Observation.write(context.containerClass(), context.targetMethod(), result);
    return executed;
  }

  @Override
  public PropagationMode propagateTo() {
    return PropagationMode.ALL_DESCENDANTS;
  }
}
