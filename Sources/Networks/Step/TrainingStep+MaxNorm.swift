import CKernels

/// Max-norm: the limit on the incoming weights of hidden units (paper, section 3).
///
/// The backward pass computes the squared norms of the new weights group by group. The next pass does the scaling, so
/// no thread waits for the groups of another.
extension TrainingStep {
  /// Whether max-norm applies to a layer. It applies to hidden units only, so not to the last layer.
  func isLimited(_ layerIndex: Int) -> Bool {
    options.maxNorm > 0 && layerIndex < network.architecture.layers.count - 1
  }

  /// Number of panels whose norms must be checked.
  func limitedPanels(of layerIndex: Int) -> Int {
    isLimited(layerIndex) ? network.architecture.layers[layerIndex].panels : 0
  }

  /// Scales the weights of the first two layers: no other pass follows theirs.
  func limitNormsOfFirst() {
    let second = network.architecture.layers.count > 1 ? limitedPanels(of: 1) : 0
    team.forEach(below: second + limitedPanels(of: 0)) { task, _ in
      if task < second { limitNorms(of: 1, panel: task) } else { limitNorms(of: 0, panel: task - second) }
    }
  }

  /// Scales the weights of a panel's units down to the limit; all groups of its inputs must be done.
  func limitNorms(of layerIndex: Int, panel: Int) {
    let layer = network.architecture.layers[layerIndex]
    let width = layer.width(of: panel)
    let total = squaredNorms(layerIndex, 0, panel)
    // Summed in the order of the groups, into the first one's place: the bits do not depend on the threads.
    for group in activations[layerIndex].groups.indices.dropFirst() {
      let part = squaredNorms(layerIndex, group, panel)
      for unit in 0..<width { total[unit] += part[unit] }
    }
    let weights = network.parameters.pointer(
      at: layer.block(panel: panel, firstInput: 0), count: layer.inputs * width)
    dk_limit_norms(weights, layer.inputs, width, total, options.maxNorm)
  }

  /// [width], squared norms of the weights from one group of inputs to a panel's units.
  func squaredNorms(_ layerIndex: Int, _ group: Int, _ panel: Int) -> UnsafeMutablePointer<Float> {
    let layer = network.architecture.layers[layerIndex]
    return squares[layerIndex].pointer(
      at: group * layer.filledOutputs + panel * Architecture.Layer.panelUnits, count: layer.width(of: panel))
  }
}
