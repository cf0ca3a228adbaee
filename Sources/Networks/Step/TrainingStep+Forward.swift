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
    let groups = inputs.groups.count
    let panels = meanExample == nil ? 0 : network.architecture.layers[0].panels
    team.forEach(below: groups + panels) { task, _ in
      guard task < groups else { return makeFirstBiases(panel: task - groups) }
      inputs.load(
        group: task, batch.features, rows: batch.rows, examples: batch.count,
        references: references.pointer(at: 0, count: references.count), scale: normalization.scale)
      for word in inputs.words(of: task) {
        makeActivations(readBy: 0, word: word, batch)
        if let meanExample { inputs.append(example: meanExample, word: word) }
      }
    }
  }

  /// Biases of the first layer with what the mean example adds, for a panel.
  private func makeFirstBiases(panel: Int) {
    guard let meanExample else { return }
    network.sum(
      0, panel: panel, of: activations[0], examples: meanExample..<meanExample + 1,
      into: firstBiases(panel: panel), stride: network.architecture.layers[0].width(of: panel))
  }

  private func firstBiases(panel: Int) -> UnsafeMutablePointer<Float> {
    firstBiases.pointer(
      at: panel * Architecture.Layer.panelUnits, count: network.architecture.layers[0].width(of: panel))
  }

  /// The biases to add the sums of a panel to; nil for the network's own.
  private func biases(_ layerIndex: Int, panel: Int) -> UnsafePointer<Float>? {
    layerIndex == 0 && meanExample != nil ? UnsafePointer(firstBiases(panel: panel)) : nil
  }

  /// A hidden layer's activations, as what the layer above reads.
  private func activate(_ layerIndex: Int, _ batch: BatchView) {
    let above = activations[layerIndex + 1]
    // The panels of a group go to the thread that will use its lists.
    team.forEach(below: network.architecture.layers[layerIndex].panels, block: Int(DK_GROUP_WORDS)) {
      panel, _ in
      network.sum(
        layerIndex, panel: panel, of: activations[layerIndex], examples: 0..<batch.count,
        into: above.values(word: panel), stride: Activations.groupSize,
        biases: biases(layerIndex, panel: panel))
      makeActivations(readBy: layerIndex + 1, word: panel, batch)
    }
  }

  /// Makes activations of what goes into a word of the units that a layer reads.
  private func makeActivations(readBy layerIndex: Int, word: Int, _ batch: BatchView) {
    withDropout(layerIndex, batch) {
      activationSquares[layerIndex][word] = activations[layerIndex].activate(
        word: word, examples: batch.count, layerIndex == 0 ? DK_LINEAR : DK_RECTIFIED, dropout: $0,
        firstPosition: batch.firstExample)
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
          into: delta(layerIndex, panel: panel, from: first), stride: layer.width(of: panel),
          biases: biases(layerIndex, panel: panel))
      }
      withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * layer.outputs) { scratch in
        let logits = UnsafeMutableBufferPointer(rebasing: scratch[..<layer.outputs])
        let gradient = UnsafeMutableBufferPointer(rebasing: scratch[layer.outputs...])
        for example in examples {
          forEachDelta(layerIndex, example) { logits[$1] = $0 }
          let (label, target) = (
            batch.label(of: example), batch.target(of: example, classes: layer.outputs)
          )
          exampleLosses[example] = objective.loss(
            logits: UnsafeBufferPointer(logits), label: label, target: target, gradient: gradient)
          let expected = label ?? target.flatMap { Self.largest(of: $0) }
          exampleLosses[example].isRight = expected == Self.largest(of: UnsafeBufferPointer(logits))
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

  /// The first of the largest.
  private static func largest(of values: UnsafeBufferPointer<Float>) -> Int? {
    values.indices.dropFirst().reduce(values.indices.first) { best, next in
      best.map { values[next] > values[$0] ? next : $0 }
    }
  }
}
