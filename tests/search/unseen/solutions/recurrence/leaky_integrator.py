def leaky_integrator(current):
    neuron_scan = step.Scan(fn=neuron, b=1).apply(current)
    neuron_scan0, neuron_scan1 = step.Copy().apply(neuron_scan)
    spike_of_out = step.Map(fn=spike_of).apply(neuron_scan0)
    add_fold = step.Accum(fn=add, b=1).apply(spike_of_out)
    potential_of_out = step.Map(fn=potential_of).apply(neuron_scan1)
    means = step.Map(fn=mean).apply(potential_of_out)
    add_fold_2 = step.Accum(fn=add, b=1).apply(means)
    return add_fold, add_fold_2
