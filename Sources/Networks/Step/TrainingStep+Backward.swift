import CKernels
import Synchronization

/// The backward pass: from the derivatives by the logits to the new weights, with one pass over each layer's weights.
extension TrainingStep {
  /// Computes gradients and updates of all layers, from the last to the first.
  func backward(_ batch: BatchView, _ optimizer: dk_optimizer) {
    for layerIndex in network.architecture.layers.indices.dropFirst(2).reversed() {
      backward(layerIndex, batch, optimizer)
    }
    backwardThroughFirst(batch, optimizer)
  }

  /// One pass over the weights of a layer: derivatives by its inputs, gradient and update. Also updates the biases of
  /// the layer below, and for the last layer its own biases.
  private func backward(_ layerIndex: Int, _ batch: BatchView, _ optimizer: dk_optimizer) {
    let groups = activations[layerIndex].groups.count
    // Tasks are groups of inputs: a group's derivatives sum over all panels, and only its own weights are written.
    team.forEach(below: groups + leftCount(above: layerIndex)) { task, thread in
      if task < groups {
        updateGroup(layerIndex, task, batch.count, optimizer, thread)
      } else {
        finish(task - groups, above: layerIndex, batch, optimizer)
      }
    }
  }

  /// The same for the first two layers, in a single round. The derivatives by a group of activations need all panels
  /// of the layer above. The first layer needs no derivatives by its inputs, so its tasks are panels, and a panel can
  /// start as soon as its group of the second layer's inputs is done. Threads wait less than they would between two
  /// rounds.
  private func backwardThroughFirst(_ batch: BatchView, _ optimizer: dk_optimizer) {
    guard network.architecture.layers.count > 1 else {
      // `finish` comes first: it computes the sums of δ, which the mean example's part of the gradient needs.
      team.forEach(below: leftCount(above: 0)) { panel, _ in finish(panel, above: 0, batch, optimizer) }
      return team.forEach(below: activations[0].groups.count) { group, thread in
        updateGroup(0, group, batch.count, optimizer, thread)
      }
    }
    let groups = activations[1].groups.count
    let words = Int(DK_GROUP_WORDS)
    // The panels of a group go to the thread that had the group, and had them in the forward product: its cache holds
    // their weights.
    team.forEach(
      below: groups + leftCount(above: 1), thenBelow: network.architecture.layers[0].panels, nextBlock: words
    ) { task, thread in
      if task < groups {
        updateGroup(1, task, batch.count, optimizer, thread)
        // Releases δ of the group's units to the threads that have its panels.
        finished[task].store(stepCount, ordering: .releasing)
        team.announce()
      } else {
        finish(task - groups, above: 1, batch, optimizer)
      }
    } next: { panel, thread in
      // Acquires δ of the panel's units, written by the thread that had their group. No deadlock: all tasks of the
      // first kind have been started by now, and none of them waits.
      team.wait(thread: thread) { finished[panel / words].load(ordering: .acquiring) == stepCount }
      for group in activations[0].groups.indices { updatePanel(0, group, panel, optimizer, nil) }
    }
  }

  /// Number of tasks that the pass of the layer above has left, which can run beside this layer's own tasks: the
  /// max-norm of the layer above, or the biases of the last layer.
  private func leftCount(above layerIndex: Int) -> Int {
    let layers = network.architecture.layers
    return layerIndex == layers.count - 1 ? layers[layerIndex].panels : limitedPanels(of: layerIndex + 1)
  }

  /// One of the tasks counted by `leftCount`.
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

  /// The part of `backward` for one group of a layer's inputs.
  private func updateGroup(
    _ layerIndex: Int, _ group: Int, _ examples: Int, _ optimizer: dk_optimizer, _ thread: Int
  ) {
    // [units][capacity]; nil for the first layer, because nobody needs derivatives by pixels.
    let dots = layerIndex > 0 ? dots[thread].pointer(at: 0, count: dots[thread].count) : nil
    for panel in 0..<network.architecture.layers[layerIndex].panels {
      updatePanel(layerIndex, group, panel, optimizer, dots)
    }
    // Only now: Σ_j W[i][j] δ[e][j] is complete after the last panel, and `dk_spread` applies dropout and ReLU to it.
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

  /// The part of `updateGroup` for one panel.
  private func updatePanel(
    _ layerIndex: Int, _ group: Int, _ panel: Int, _ optimizer: dk_optimizer,
    _ dots: UnsafeMutablePointer<Float>?
  ) {
    let layer = network.architecture.layers[layerIndex]
    let units = activations[layerIndex].units(of: group)
    let width = layer.width(of: panel)
    // The kernel has the new weights in registers, so their squared norms cost no second pass over the memory.
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

  /// Room for the sums of a panel's δ over the batch: it is the δ of the mean example, or of the last, unused
  /// example.
  private func deltaSums(_ layerIndex: Int, panel: Int) -> UnsafeMutablePointer<Float> {
    delta(layerIndex, panel: panel, from: meanExample ?? capacity - 1)
  }

  /// The parameters from an offset on, with their moments.
  private func parameters(at offset: Int, count: Int) -> dk_parameters {
    dk_parameters(
      parameters: network.parameters.pointer(at: offset, count: count),
      first_moment: optimizerState[0].pointer(at: offset, count: count),
      second_moment: optimizerState.count > 1 ? optimizerState[1].pointer(at: offset, count: count) : nil)
  }
}
