import CKernels

/// The limit of the hidden units' incoming weights (paper, section 3).
///
/// The squared norms come with the backward pass, which has the new weights in hand, group by group; the scaling is
/// left to the pass after it, so that no thread waits for another's groups.
extension TrainingStep {
  /// Whether the units of a layer have a limit: those of the last one have none.
  func isLimited(_ layerIndex: Int) -> Bool {
    options.maxNorm > 0 && layerIndex < network.architecture.layers.count - 1
  }

  /// Panels of a layer whose norms are to be looked at.
  func limitedPanels(of layerIndex: Int) -> Int {
    isLimited(layerIndex) ? network.architecture.layers[layerIndex].panels : 0
  }

  /// Of the first two layers, whose passes have no other after them.
  func limitNormsOfFirst() {
    let second = network.architecture.layers.count > 1 ? limitedPanels(of: 1) : 0
    team.forEach(below: second + limitedPanels(of: 0)) { task, _ in
      if task < second { limitNorms(of: 1, panel: task) } else { limitNorms(of: 0, panel: task - second) }
    }
  }

  /// Scales a panel's units down to the limit, once all groups of their inputs are done.
  func limitNorms(of layerIndex: Int, panel: Int) {
    let layer = network.architecture.layers[layerIndex]
    let width = layer.width(of: panel)
    let total = squaredNorms(layerIndex, 0, panel)
    // In the order of the groups, whichever thread had them, so the sums have the same bits.
    for group in activations[layerIndex].groups.indices.dropFirst() {
      let part = squaredNorms(layerIndex, group, panel)
      for unit in 0..<width { total[unit] += part[unit] }
    }
    let weights = network.parameters.pointer(
      at: layer.block(panel: panel, firstInput: 0), count: layer.inputs * width)
    dk_limit_norms(weights, layer.inputs, width, total, options.maxNorm)
  }

  /// Those of a panel's units, of the weights that come from one group of inputs: [width].
  func squaredNorms(_ layerIndex: Int, _ group: Int, _ panel: Int) -> UnsafeMutablePointer<Float> {
    let layer = network.architecture.layers[layerIndex]
    return squares[layerIndex].pointer(
      at: group * layer.filledOutputs + panel * Architecture.Layer.panelUnits, count: layer.width(of: panel))
  }
}
