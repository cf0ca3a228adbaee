import CKernels

/// The forward pass: from pixels to losses and their derivatives by the logits.
extension TrainingStep {
  /// Examples per task in the output layer.
  private static let examplesPerPiece = 32

  /// Computes the activations of every layer, the losses, and δ of the last layer.
  func forward(_ batch: BatchView) {
    load(batch)
    for layerIndex in network.architecture.layers.indices.dropLast() { activate(layerIndex, batch) }
    output(batch)
  }

  /// Loads the inputs and, beside that, prepares the biases of the first layer.
  private func load(_ batch: BatchView) {
    let inputs = activations[0]
    let groups = inputs.groups.count
    let panels = meanExample == nil ? 0 : network.architecture.layers[0].panels
    team.forEach(below: groups + panels) { task, _ in
      // Both kinds of task are independent: the mean example was set once, in `init`, and no batch overwrites it.
      guard task < groups else { return makeFirstBiases(panel: task - groups) }
      inputs.load(
        group: task, batch.features, rows: batch.rows, examples: batch.count,
        references: references.pointer(at: 0, count: references.count), scale: normalization.scale)
      for word in inputs.words(of: task) {
        makeActivations(readBy: 0, word: word, batch)
        // After `activate`, which writes the lists anew for each batch.
        if let meanExample { inputs.append(example: meanExample, word: word) }
      }
    }
  }

  /// The biases of one panel of the first layer plus the contribution of the mean example.
  private func makeFirstBiases(panel: Int) {
    guard let meanExample else { return }
    network.sum(
      0, panel: panel, of: activations[0], examples: meanExample..<meanExample + 1,
      into: firstBiases(panel: panel), stride: network.architecture.layers[0].width(of: panel))
  }

  /// The corrected biases of a panel, [width].
  private func firstBiases(panel: Int) -> UnsafeMutablePointer<Float> {
    firstBiases.pointer(
      at: panel * Architecture.Layer.panelUnits, count: network.architecture.layers[0].width(of: panel))
  }

  /// The biases for the sums of a panel; nil for those of the network.
  private func biases(_ layerIndex: Int, panel: Int) -> UnsafePointer<Float>? {
    layerIndex == 0 && meanExample != nil ? UnsafePointer(firstBiases(panel: panel)) : nil
  }

  /// Computes the activations of a hidden layer.
  private func activate(_ layerIndex: Int, _ batch: BatchView) {
    let above = activations[layerIndex + 1]
    // The panels of a group go to the thread that reads its lists in the backward pass.
    team.forEach(below: network.architecture.layers[layerIndex].panels, block: Int(DK_GROUP_WORDS)) {
      panel, _ in
      network.sum(
        layerIndex, panel: panel, of: activations[layerIndex], examples: 0..<batch.count,
        into: above.values(word: panel), stride: Activations.groupSize,
        biases: biases(layerIndex, panel: panel))
      makeActivations(readBy: layerIndex + 1, word: panel, batch)
    }
  }

  /// Applies activation function and dropout to one word of the units that a layer reads.
  private func makeActivations(readBy layerIndex: Int, word: Int, _ batch: BatchView) {
    withDropout(layerIndex, batch) {
      // Each task writes its own elements, so the threads need no lock.
      activationSquares[layerIndex][word] = activations[layerIndex].activate(
        word: word, examples: batch.count, layerIndex == 0 ? DK_LINEAR : DK_RECTIFIED, dropout: $0,
        firstPosition: batch.firstExample)
    }
  }

  /// Calls `body` with the dropout settings of this epoch; nil without dropout.
  private func withDropout(
    _ layerIndex: Int, _ batch: BatchView, _ body: (UnsafePointer<dk_dropout>?) -> Void
  ) {
    guard var dropout = dropout[layerIndex] else { return body(nil) }
    dropout.epoch = UInt32(truncatingIfNeeded: batch.epoch)
    withUnsafePointer(to: dropout, body)
  }

  /// Computes logits, losses and the derivatives by the logits.
  private func output(_ batch: BatchView) {
    let layerIndex = network.architecture.layers.count - 1
    let layer = network.architecture.layers[layerIndex]
    let pieces = (batch.count + Self.examplesPerPiece - 1) / Self.examplesPerPiece
    // Tasks are examples, not panels: a loss needs all logits of an example, and the last layer has few panels.
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
      // [2, classes], on the stack if there are few: the losses take contiguous logits, and δ lies in panels of 64.
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

  /// Calls `body` for each unit of a layer with its δ for an example.
  private func forEachDelta(_ layerIndex: Int, _ example: Int, _ body: (inout Float, Int) -> Void) {
    let layer = network.architecture.layers[layerIndex]
    for panel in 0..<layer.panels {
      let delta = delta(layerIndex, panel: panel, from: example)
      for (place, unit) in layer.units(of: panel).enumerated() { body(&delta[place], unit) }
    }
  }

  /// Index of the largest value, the first one if several are equal; nil for no values.
  private static func largest(of values: UnsafeBufferPointer<Float>) -> Int? {
    values.indices.dropFirst().reduce(values.indices.first) { best, next in
      best.map { values[next] > values[$0] ? next : $0 }
    }
  }
}
