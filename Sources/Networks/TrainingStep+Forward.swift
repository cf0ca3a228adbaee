import CKernels

/// From pixels to losses and to the derivatives by the logits.
extension TrainingStep {
  /// Examples in a piece of the work that goes by examples.
  private static let examplesPerPiece = 32

  /// Activations of every layer, losses, and δ of the last layer.
  func forward(_ batch: BatchView) {
    load(batch)
    for layerIndex in network.architecture.layers.indices.dropLast() { activate(layerIndex, batch) }
    output(batch)
  }

  private func load(_ batch: BatchView) {
    let inputs = activations[0]
    team.forEach(below: inputs.groups.count) { group, _ in
      withUnsafePointer(to: inputs.groups[group]) {
        dk_load_pixels(
          batch.images, batch.rows, batch.count, inputs.units, inputs.units(of: group).lowerBound,
          network.inputScale, $0)
      }
      for word in inputs.words(of: group) { makeActivations(readBy: 0, word: word, batch) }
    }
  }

  /// A hidden layer's activations, as what the layer above reads.
  private func activate(_ layerIndex: Int, _ batch: BatchView) {
    let above = activations[layerIndex + 1]
    // The panels of a group go to the thread that will use its lists.
    team.forEach(below: network.architecture.layers[layerIndex].panels, block: Int(DK_GROUP_WORDS)) {
      panel, _ in
      network.sum(
        layerIndex, panel: panel, of: activations[layerIndex], examples: 0..<batch.count,
        into: above.values(word: panel), stride: Activations.groupSize)
      makeActivations(readBy: layerIndex + 1, word: panel, batch)
    }
  }

  /// Makes activations of what goes into a word of the units that a layer reads.
  private func makeActivations(readBy layerIndex: Int, word: Int, _ batch: BatchView) {
    withDropout(layerIndex, batch) {
      activations[layerIndex].activate(
        word: word, examples: batch.count, dropout: $0, firstPosition: batch.firstExample)
    }
  }

  private func withDropout(
    _ layerIndex: Int, _ batch: BatchView, _ body: (UnsafePointer<dk_dropout>?) -> Void
  ) {
    guard var dropout = dropout[layerIndex] else { return body(nil) }
    dropout.epoch = UInt32(truncatingIfNeeded: batch.epoch)
    withUnsafePointer(to: dropout, body)
  }

  /// Logits, losses and the derivatives by the logits.
  private func output(_ batch: BatchView) {
    let layerIndex = network.architecture.layers.count - 1
    let layer = network.architecture.layers[layerIndex]
    let pieces = (batch.count + Self.examplesPerPiece - 1) / Self.examplesPerPiece
    // By examples, not by panels: a loss needs all logits of an example, and there are few panels.
    team.forEach(below: pieces) { piece, _ in
      let first = piece * Self.examplesPerPiece
      let examples = first..<min(batch.count, first + Self.examplesPerPiece)
      // The sums become derivatives in place.
      for panel in 0..<layer.panels {
        network.sum(
          layerIndex, panel: panel, of: activations[layerIndex], examples: examples,
          into: delta(layerIndex, panel: panel, from: first), stride: layer.width(of: panel))
      }
      withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * layer.outputs) { scratch in
        let logits = UnsafeMutableBufferPointer(rebasing: scratch[..<layer.outputs])
        let gradient = UnsafeMutableBufferPointer(rebasing: scratch[layer.outputs...])
        for example in examples {
          forEachDelta(layerIndex, example) { logits[$1] = $0 }
          exampleLosses[example] = Float(
            objective.loss(
              logits: UnsafeBufferPointer(logits), label: batch.label(of: example),
              target: batch.target(of: example, classes: layer.outputs), gradient: gradient))
          forEachDelta(layerIndex, example) { $0 = gradient[$1] }
        }
      }
    }
  }

  /// Calls `body` for each of a layer's units, with its place in an example's δ.
  private func forEachDelta(_ layerIndex: Int, _ example: Int, _ body: (inout Float, Int) -> Void) {
    let layer = network.architecture.layers[layerIndex]
    for panel in 0..<layer.panels {
      let delta = delta(layerIndex, panel: panel, from: example)
      for (place, unit) in layer.units(of: panel).enumerated() { body(&delta[place], unit) }
    }
  }
}
