import CKernels
import CSystem
import CounterRandom
import Synchronization

/// The training step of a multilayer perceptron: forward, loss, backward, update, with all its buffers.
///
/// Work is done for what is not zero alone (`CKernels`): four fifths of the pixels and most of the hidden
/// activations cost nothing. The work of a step is cut into pieces that depend on the network alone, so the
/// result is the same for any number of threads. Buffers are made once; a step allocates nothing that grows
/// with the network.
package final class TrainingStep {
  /// Examples in a piece of the work that goes by examples.
  private static let examplesPerPiece = 32
  /// Steps after which the average of the weights follows every `averageInterval`-th step only: it moves
  /// slowly, and each time costs a pass over the memory.
  private static let averageWarmUp = 128
  private static let averageInterval = 8

  package let network: Network
  package let options: StepOptions
  /// Steps done.
  package private(set) var stepCount = 0
  /// The exponential average of the weights; nil without one.
  package let average: FloatBuffer?
  /// The optimiser's memory: velocity, or Adam's two moments.
  package let optimizerState: [FloatBuffer]

  private let team: ThreadTeam
  private let objective: any Objective
  private let capacity: Int
  /// What each layer reads: the inputs, then the activations of each hidden layer.
  private let activations: [Activations]
  /// Derivatives of the loss by what goes into each layer's units: [panels][capacity][width].
  private let deltas: [FloatBuffer]
  /// For each thread, the derivatives by a group of activations, at the entries of the units' lists.
  private let dots: [FloatBuffer]
  /// Squared norms of each layer's incoming weights, summed over a group of inputs: [groups][units].
  private let squares: [FloatBuffer]
  /// For each group of the second layer's inputs, the last step whose backward pass is done with it.
  private let finished: UnsafeMutablePointer<Atomic<Int>>
  private let exampleLosses: FloatBuffer
  private let dropout: [dk_dropout?]

  /// - Parameter capacity: examples in the largest batch.
  package init(
    network: Network, objective: any Objective, options: StepOptions, capacity: Int, team: ThreadTeam
  ) {
    self.network = network
    self.objective = objective
    self.options = options
    let whole = Int(DK_UNROLL)
    let capacity = (capacity + whole - 1) / whole * whole
    self.capacity = capacity
    self.team = team
    let architecture = network.architecture
    let layers = architecture.layers
    let activations = layers.map {
      Activations(units: $0.inputs, capacity: capacity, byUnit: true)
    }
    self.activations = activations
    deltas = layers.map { FloatBuffer(count: $0.filledOutputs * capacity) }
    dots = (0..<team.count).map { _ in FloatBuffer(count: capacity * Activations.groupSize) }
    squares = zip(layers, activations).map { layer, activations in
      FloatBuffer(count: activations.groups.count * layer.filledOutputs)
    }
    let groupCount = layers.count > 1 ? activations[1].groups.count : 0
    finished = .allocate(capacity: groupCount)
    for group in 0..<groupCount { (finished + group).initialize(to: Atomic(0)) }
    exampleLosses = FloatBuffer(count: capacity)
    optimizerState = (0..<options.optimizer.stateCount).map { _ in
      FloatBuffer(count: architecture.bufferCount)
    }
    average = options.averageDecay > 0 ? FloatBuffer(count: architecture.bufferCount) : nil
    average?.copy(from: network.parameters)
    dropout = layers.indices.map { index in
      let rate = index == 0 ? options.inputDropout : options.hiddenDropout
      guard rate > 0 else { return nil }
      let random = CounterRandom(seed: options.seed, purpose: .dropout, offset: UInt32(index))
      return dk_dropout(
        key: (random.key[0], random.key[1]), stream: random.stream, epoch: 0,
        threshold: min(UInt32(UInt16.max), UInt32((rate * 65536).rounded())), scale: 1 / (1 - rate),
        batchwise: options.dropoutScope == .batch)
    }
  }

  deinit { finished.deallocate() }

  /// One step on one batch.
  ///
  /// - Returns: the sum of the examples' losses before the step.
  package func run(_ batch: BatchView, learningRate: Float) -> Double {
    stepCount += 1
    load(batch)
    for index in network.architecture.layers.indices.dropLast() { activate(index, batch) }
    output(batch)
    let optimizer = options.optimizer.kernel(
      step: stepCount, learningRate: learningRate, examples: batch.rows.count)
    for index in network.architecture.layers.indices.dropFirst(2).reversed() {
      backward(index, batch, optimizer)
    }
    backwardThroughFirst(batch, optimizer)
    limitNormsOfFirst()
    updateAverage()
    return (0..<batch.rows.count).reduce(0.0) { $0 + Double(exampleLosses.base[$1]) }
  }

  /// Goes on as if `stepCount` steps had been done; the buffers are to be set beside.
  package func resume(stepCount: Int) { self.stepCount = stepCount }

  // MARK: Forward

  private func load(_ batch: BatchView) {
    guard let indices = batch.rows.baseAddress, let images = batch.images.baseAddress else { return }
    let inputs = activations[0]
    team.run(tasks: inputs.groups.count) { task, _ in
      var group = inputs.groups[task]
      dk_pixels(
        images, indices, batch.rows.count, inputs.units, inputs.range(task).lowerBound, network.inputScale,
        &group)
      for word in inputs.words(of: task) { activate(0, word: word, batch) }
    }
  }

  /// A hidden layer's activations, as what the layer above reads.
  private func activate(_ index: Int, _ batch: BatchView) {
    let above = activations[index + 1]
    // The panels of a group go to the thread that will use its lists.
    team.run(tasks: network.architecture.layers[index].panels, block: Int(DK_WORDS)) { panel, _ in
      network.sum(
        index, panel: panel, of: activations[index], examples: 0..<batch.rows.count,
        into: above.values(word: panel), stride: Activations.groupSize)
      activate(index + 1, word: panel, batch)
    }
  }

  /// Makes activations of what goes into a word of the units that a layer reads.
  private func activate(_ index: Int, word: Int, _ batch: BatchView) {
    withDropout(index, batch) {
      activations[index].activate(
        word: word, count: batch.rows.count, dropout: $0, firstExample: batch.firstExample)
    }
  }

  /// Logits, losses and the derivatives by the logits.
  private func output(_ batch: BatchView) {
    let index = network.architecture.layers.count - 1
    let layer = network.architecture.layers[index]
    let count = batch.rows.count
    team.run(tasks: (count + Self.examplesPerPiece - 1) / Self.examplesPerPiece) { task, _ in
      let examples = task * Self.examplesPerPiece..<min(count, (task + 1) * Self.examplesPerPiece)
      // The sums become derivatives in place.
      for panel in 0..<layer.panels {
        network.sum(
          index, panel: panel, of: activations[index], examples: examples,
          into: row(index, panel, examples.lowerBound), stride: layer.width(of: panel))
      }
      withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * layer.outputs) { scratch in
        let logits = UnsafeMutableBufferPointer(rebasing: scratch[..<layer.outputs])
        let gradient = UnsafeMutableBufferPointer(rebasing: scratch[layer.outputs...])
        for example in examples {
          copyRow(index, example) { logits[$1] = $0 }
          let source = Int(batch.rows[example])
          exampleLosses.base[example] = Float(
            objective.loss(
              logits: UnsafeBufferPointer(logits), label: Int(batch.labels[source]),
              target: batch.targets.map {
                .init(rebasing: $0[source * layer.outputs..<(source + 1) * layer.outputs])
              },
              gradient: gradient))
          copyRow(index, example) { $0 = gradient[$1] }
        }
      }
    }
  }

  /// Where an example's derivatives by a panel's units lie.
  private func row(_ index: Int, _ panel: Int, _ example: Int) -> UnsafeMutablePointer<Float> {
    let width = network.architecture.layers[index].width(of: panel)
    return deltas[index].base + panel * Architecture.Layer.panelUnits * capacity + example * width
  }

  /// Calls `body` for each of a layer's units, with its place in an example's row.
  private func copyRow(_ index: Int, _ example: Int, _ body: (inout Float, Int) -> Void) {
    let layer = network.architecture.layers[index]
    for panel in 0..<layer.panels {
      let row = row(index, panel, example)
      for (place, unit) in layer.units(of: panel).enumerated() { body(&row[place], unit) }
    }
  }

  // MARK: Backward

  /// One pass over a layer's weights: the derivatives by the layer below, the gradient and the update, with
  /// the biases of the layer below (and for the last layer, its own).
  private func backward(_ index: Int, _ batch: BatchView, _ optimizer: dk_optimizer) {
    let groups = activations[index].groups.count
    team.run(tasks: groups + leftCount(above: index)) { task, thread in
      if task < groups {
        updateGroup(index, task, batch.rows.count, optimizer, thread)
      } else {
        finish(task - groups, above: index, batch, optimizer)
      }
    }
  }

  /// The same for the first two layers in one round. The derivatives by a group of activations need all panels of
  /// the layer above; the first layer wants none, goes by panels, and a panel can be worked on as soon as its
  /// group of the second layer's inputs is done: threads wait less than at the end of two rounds.
  private func backwardThroughFirst(_ batch: BatchView, _ optimizer: dk_optimizer) {
    guard network.architecture.layers.count > 1 else { return backward(0, batch, optimizer) }
    let groups = activations[1].groups.count
    let words = Int(DK_WORDS)
    // The panels of a group go to the thread that had the group, and had them in the forward product.
    team.run(
      tasks: groups + leftCount(above: 1), followedBy: network.architecture.layers[0].panels,
      inBlocksOf: words
    ) { task, thread in
      if task < groups {
        updateGroup(1, task, batch.rows.count, optimizer, thread)
        finished[task].store(stepCount, ordering: .releasing)
      } else {
        finish(task - groups, above: 1, batch, optimizer)
      }
    } next: { panel, _ in
      while finished[panel / words].load(ordering: .acquiring) != stepCount { dk_pause() }
      for group in activations[0].groups.indices { updatePanel(0, group, panel, optimizer, nil) }
    }
  }

  /// Pieces of what a pass leaves for the next one to do beside its own work, which they do not touch: the norms of
  /// the layer above, or the biases of the last layer.
  private func leftCount(above index: Int) -> Int {
    let layers = network.architecture.layers
    return index == layers.count - 1 ? layers[index].panels : limitedPanels(of: index + 1)
  }

  private func finish(_ panel: Int, above index: Int, _ batch: BatchView, _ optimizer: dk_optimizer) {
    let layer = network.architecture.layers[index]
    guard index == network.architecture.layers.count - 1 else {
      return limitNorms(of: index + 1, panel: panel)
    }
    withUnsafePointer(to: optimizer) {
      dk_move_biases(
        row(index, panel, 0), batch.rows.count, layer.width(of: panel),
        weights(at: layer.bias(output: layer.units(of: panel).lowerBound)), $0)
    }
  }

  /// The part of `backward` that concerns one group of a layer's inputs.
  private func updateGroup(
    _ index: Int, _ group: Int, _ count: Int, _ optimizer: dk_optimizer, _ thread: Int
  ) {
    let derivatives = index > 0 ? dots[thread].base : nil
    for panel in 0..<network.architecture.layers[index].panels {
      updatePanel(index, group, panel, optimizer, derivatives)
    }
    guard index > 0 else { return }
    let below = network.architecture.layers[index - 1]
    let first = activations[index].range(group).lowerBound
    var rows = activations[index].groups[group]
    for panel in below.panels(of: activations[index].range(group)) {
      let units = below.units(of: panel)
      withUnsafePointer(to: optimizer) {
        dk_spread(
          &rows, units.lowerBound - first, units.count, count, dots[thread].base, dropout[index]?.scale ?? 1,
          row(index - 1, panel, 0), below.width(of: panel), weights(at: below.bias(output: units.lowerBound)),
          $0)
      }
    }
  }

  /// The part of it that concerns one panel.
  private func updatePanel(
    _ index: Int, _ group: Int, _ panel: Int, _ optimizer: dk_optimizer,
    _ derivatives: UnsafeMutablePointer<Float>?
  ) {
    let layer = network.architecture.layers[index]
    let units = activations[index].range(group)
    var rows = activations[index].groups[group]
    withUnsafePointer(to: optimizer) {
      dk_backward(
        &rows, row(index, panel, 0), derivatives, panel == 0,
        weights(at: layer.block(panel: panel, firstInput: units.lowerBound)), layer.width(of: panel), $0,
        isLimited(index) ? squaredNorms(index, group, panel) : nil)
    }
  }

  /// Parameters from an offset on, with what the optimiser keeps for them.
  private func weights(at offset: Int) -> dk_weights {
    dk_weights(
      weights: network.parameters.base + offset, first: optimizerState[0].base + offset,
      second: optimizerState.count > 1 ? optimizerState[1].base + offset : nil)
  }

  // MARK: Max-norm and average

  private func isLimited(_ index: Int) -> Bool {
    options.maxNorm > 0 && index < network.architecture.layers.count - 1
  }

  private func limitedPanels(of index: Int) -> Int {
    isLimited(index) ? network.architecture.layers[index].panels : 0
  }

  /// Of the first two layers, whose passes have no other after them.
  private func limitNormsOfFirst() {
    let second = network.architecture.layers.count > 1 ? limitedPanels(of: 1) : 0
    team.run(tasks: second + limitedPanels(of: 0)) { task, _ in
      if task < second { limitNorms(of: 1, panel: task) } else { limitNorms(of: 0, panel: task - second) }
    }
  }

  private func limitNorms(of index: Int, panel: Int) {
    let layer = network.architecture.layers[index]
    let width = layer.width(of: panel)
    let total = squaredNorms(index, 0, panel)
    for group in 1..<max(1, activations[index].groups.count) {
      let part = squaredNorms(index, group, panel)
      for unit in 0..<width { total[unit] += part[unit] }
    }
    dk_limit_norms(
      network.parameters.base + layer.block(panel: panel, firstInput: 0), layer.inputs, width, total,
      options.maxNorm)
  }

  /// Where those of a panel's units lie.
  private func squaredNorms(_ index: Int, _ group: Int, _ panel: Int) -> UnsafeMutablePointer<Float> {
    let units = network.architecture.layers[index].filledOutputs
    return squares[index].base + group * units + panel * Architecture.Layer.panelUnits
  }

  private func updateAverage() {
    guard let average else { return }
    let interval = stepCount <= Self.averageWarmUp ? 1 : Self.averageInterval
    guard stepCount % interval == 0 else { return }
    let count = Double(stepCount)
    // Early averages follow the weights closely, or they would remember the initial ones for long.
    let decay = power(min(Double(options.averageDecay), (1 + count) / (10 + count)), interval)
    let part = 1 << 14
    let total = network.architecture.bufferCount
    team.run(tasks: (total + part - 1) / part) { task, _ in
      let start = task * part
      dk_average(
        average.base + start, network.parameters.base + start, min(part, total - start), Float(1 - decay))
    }
  }

  private func withDropout(_ index: Int, _ batch: BatchView, _ body: (UnsafePointer<dk_dropout>?) -> Void) {
    guard var dropout = dropout[index] else { return body(nil) }
    dropout.epoch = UInt32(truncatingIfNeeded: batch.epoch)
    withUnsafePointer(to: dropout, body)
  }
}
