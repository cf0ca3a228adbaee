import CKernels
import Synchronization

/// From the derivatives by the logits to the new weights, one pass over each layer's weights.
extension TrainingStep {
  /// Gradients and updates of all layers, from the last to the first.
  func backward(_ batch: BatchView, _ optimizer: dk_optimizer) {
    for layerIndex in network.architecture.layers.indices.dropFirst(2).reversed() {
      backward(layerIndex, batch, optimizer)
    }
    backwardThroughFirst(batch, optimizer)
  }

  /// One pass over a layer's weights: the derivatives by the layer below, the gradient and the update, with
  /// the biases of the layer below (and for the last layer, its own).
  private func backward(_ layerIndex: Int, _ batch: BatchView, _ optimizer: dk_optimizer) {
    let groups = activations[layerIndex].groups.count
    team.forEach(below: groups + leftCount(above: layerIndex)) { task, thread in
      if task < groups {
        updateGroup(layerIndex, task, batch.count, optimizer, thread)
      } else {
        finish(task - groups, above: layerIndex, batch, optimizer)
      }
    }
  }

  /// The same for the first two layers in one round. The derivatives by a group of activations need all panels of
  /// the layer above; the first layer wants none, goes by panels, and a panel can be worked on as soon as its
  /// group of the second layer's inputs is done: threads wait less than at the end of two rounds.
  private func backwardThroughFirst(_ batch: BatchView, _ optimizer: dk_optimizer) {
    guard network.architecture.layers.count > 1 else {
      // The sums of δ, which the weights' step needs, come with that of the biases.
      team.forEach(below: leftCount(above: 0)) { panel, _ in finish(panel, above: 0, batch, optimizer) }
      return team.forEach(below: activations[0].groups.count) { group, thread in
        updateGroup(0, group, batch.count, optimizer, thread)
      }
    }
    let groups = activations[1].groups.count
    let words = Int(DK_GROUP_WORDS)
    // The panels of a group go to the thread that had the group, and had them in the forward product.
    team.forEach(
      below: groups + leftCount(above: 1), thenBelow: network.architecture.layers[0].panels, nextBlock: words
    ) { task, thread in
      if task < groups {
        updateGroup(1, task, batch.count, optimizer, thread)
        // Releases δ of the group's units, for the threads that have its panels.
        finished[task].store(stepCount, ordering: .releasing)
        team.announce()
      } else {
        finish(task - groups, above: 1, batch, optimizer)
      }
    } next: { panel, thread in
      // Acquires δ of the panel's units, which the thread that had their group wrote.
      team.wait(thread: thread) { finished[panel / words].load(ordering: .acquiring) == stepCount }
      for group in activations[0].groups.indices { updatePanel(0, group, panel, optimizer, nil) }
    }
  }

  /// Pieces of what a pass leaves for the next one to do beside its own work, which they do not touch: the norms of
  /// the layer above, or the biases of the last layer.
  private func leftCount(above layerIndex: Int) -> Int {
    let layers = network.architecture.layers
    return layerIndex == layers.count - 1 ? layers[layerIndex].panels : limitedPanels(of: layerIndex + 1)
  }

  private func finish(_ panel: Int, above layerIndex: Int, _ batch: BatchView, _ optimizer: dk_optimizer) {
    let layer = network.architecture.layers[layerIndex]
    guard layerIndex == network.architecture.layers.count - 1 else {
      return limitNorms(of: layerIndex + 1, panel: panel)
    }
    let width = layer.width(of: panel)
    withUnsafePointer(to: optimizer) {
      dk_move_biases(
        delta(layerIndex, panel: panel), batch.count, width,
        parameters(at: layer.bias(output: layer.units(of: panel).lowerBound), count: width), $0,
        deltaSums(layerIndex, panel: panel))
    }
  }

  /// The part of `backward` that concerns one group of a layer's inputs.
  private func updateGroup(
    _ layerIndex: Int, _ group: Int, _ examples: Int, _ optimizer: dk_optimizer, _ thread: Int
  ) {
    let dots = layerIndex > 0 ? dots[thread].pointer(at: 0, count: dots[thread].count) : nil
    for panel in 0..<network.architecture.layers[layerIndex].panels {
      updatePanel(layerIndex, group, panel, optimizer, dots)
    }
    // All panels have added to the dots, so they are whole.
    guard let dots else { return }
    let below = network.architecture.layers[layerIndex - 1]
    let groupUnits = activations[layerIndex].units(of: group)
    for panel in below.panels(of: groupUnits) {
      let units = below.units(of: panel)
      let width = below.width(of: panel)
      withUnsafePointer(to: activations[layerIndex].groups[group]) { group in
        withUnsafePointer(to: optimizer) {
          dk_spread(
            group, units.lowerBound - groupUnits.lowerBound, units.count, examples, dots,
            dropout[layerIndex]?.scale ?? 1, delta(layerIndex - 1, panel: panel), width,
            parameters(at: below.bias(output: units.lowerBound), count: width), $0,
            deltaSums(layerIndex - 1, panel: panel))
        }
      }
    }
  }

  /// The part of it that concerns one panel.
  private func updatePanel(
    _ layerIndex: Int, _ group: Int, _ panel: Int, _ optimizer: dk_optimizer,
    _ dots: UnsafeMutablePointer<Float>?
  ) {
    let layer = network.architecture.layers[layerIndex]
    let units = activations[layerIndex].units(of: group)
    let width = layer.width(of: panel)
    let squares = isLimited(layerIndex) ? squaredNorms(layerIndex, group, panel) : nil
    gradientSquares[layerIndex][group * layer.panels + panel] = withUnsafePointer(
      to: activations[layerIndex].groups[group]
    ) { group in
      withUnsafePointer(to: optimizer) {
        dk_backward(
          group, delta(layerIndex, panel: panel), dots, panel == 0,
          parameters(
            at: layer.block(panel: panel, firstInput: units.lowerBound), count: units.count * width), width,
          $0, squares)
      }
    }
  }

  /// Where the sums of a panel's δ go: the δ of the example after all of a batch.
  private func deltaSums(_ layerIndex: Int, panel: Int) -> UnsafeMutablePointer<Float> {
    delta(layerIndex, panel: panel, from: meanExample ?? capacity - 1)
  }

  /// Parameters from an offset on, with what the optimiser keeps for them.
  private func parameters(at offset: Int, count: Int) -> dk_parameters {
    dk_parameters(
      parameters: network.parameters.pointer(at: offset, count: count),
      first_moment: optimizerState[0].pointer(at: offset, count: count),
      second_moment: optimizerState.count > 1 ? optimizerState[1].pointer(at: offset, count: count) : nil)
  }
}
