import CKernels
import CounterRandom
import Synchronization

/// The training step of a multilayer perceptron: forward, loss, backward, update, with all its buffers.
///
/// Work is done for what is not zero alone (`CKernels`): four fifths of the pixels and most of the hidden
/// activations cost nothing. The work of a step is cut into pieces that depend on the network alone, so the
/// result is the same for any number of threads. Buffers are made once; a step allocates nothing that grows
/// with the network.
///
/// What is not `private` here is for the parts of the step: `TrainingStep+Forward`, `+Backward`, `+MaxNorm` and
/// `+Average`. Units, words, groups, panels and entries are those of `ckernels.h`.
package final class TrainingStep {
  /// The network that is trained, in place.
  package let network: Network
  /// What shapes a step.
  package let options: StepOptions
  /// Steps done.
  package private(set) var stepCount = 0
  /// The exponential average of the weights; nil without one.
  package let average: FloatBuffer?
  /// The optimiser's moments, each laid out as the parameters: the velocity, or Adam's two.
  package let optimizerState: [FloatBuffer]

  let team: ThreadTeam
  let objective: any Objective
  /// Examples for which there is room, with the mean one, a multiple of `DK_UNROLL`.
  let capacity: Int
  /// What each layer reads: the inputs, then the activations of each hidden layer.
  let activations: [Activations]
  /// δ, the derivatives of the examples' losses by what goes into each layer's units: [panels][capacity][width].
  let deltas: [FloatBuffer]
  /// For each thread, the derivatives by a group of activations, at the entries of the units' lists:
  /// [units][capacity].
  let dots: [FloatBuffer]
  /// Squared norms of each layer's incoming weights, summed over a group of inputs: [groups][units].
  let squares: [FloatBuffer]
  /// For each group of the second layer's inputs, the last step whose backward pass is done with it.
  let finished: UnsafeMutablePointer<Atomic<Int>>
  private let finishedCount: Int
  /// [capacity], what each example of the batch said.
  let exampleLosses: UnsafeMutablePointer<ExampleLoss>
  /// Sums of the squares of what each layer reads: [words].
  let activationSquares: [FloatBuffer]
  /// Sums of the squares of each layer's gradient: [groups][panels].
  let gradientSquares: [FloatBuffer]
  /// How the pixels are seen.
  package let normalization: InputNormalization
  /// [inputs, filled up to whole words].
  let references: FloatBuffer
  /// The number of an example that no batch has, which stands for the distance of the inputs' references from their
  /// means; nil where that is nothing.
  let meanExample: Int?
  /// Of the first layer, with what the mean example adds.
  let firstBiases: FloatBuffer
  /// Of what each layer reads; nil without dropout.
  let dropout: [dk_dropout?]

  /// - Parameters:
  ///   - network: to train.
  ///   - objective: to minimise, averaged over the examples of a batch.
  ///   - options: what shapes a step.
  ///   - capacity: examples in the largest batch.
  ///   - normalization: how the pixels are seen; nil for as the network says.
  ///   - team: whose threads do the work.
  package init(
    network: Network, objective: any Objective, options: StepOptions, capacity: Int,
    normalization: InputNormalization? = nil, team: ThreadTeam
  ) {
    self.network = network
    self.objective = objective
    self.options = options
    let normalization =
      normalization ?? InputNormalization(inputs: network.architecture.inputs, scale: network.inputScale)
    self.normalization = normalization
    let offsets = normalization.offsets
    let meanExample = capacity
    self.meanExample = offsets.allSatisfy { $0 == 0 } ? nil : meanExample
    // The backward pass takes whole steps of entries, and lists are filled up to them.
    let unroll = Int(DK_UNROLL)
    let capacity = (capacity + unroll) / unroll * unroll
    self.capacity = capacity
    self.team = team
    let architecture = network.architecture
    let layers = architecture.layers
    let activations = layers.map { Activations(units: $0.inputs, capacity: capacity, byUnit: true) }
    self.activations = activations
    deltas = layers.map { FloatBuffer(count: $0.filledOutputs * capacity) }
    dots = (0..<team.count).map { _ in FloatBuffer(count: capacity * Activations.groupSize) }
    squares = zip(layers, activations).map { layer, activations in
      FloatBuffer(count: activations.groups.count * layer.filledOutputs)
    }
    finishedCount = layers.count > 1 ? activations[1].groups.count : 0
    finished = .allocate(capacity: finishedCount)
    for group in 0..<finishedCount { (finished + group).initialize(to: Atomic(0)) }
    exampleLosses = .allocate(capacity: capacity)
    exampleLosses.initialize(repeating: ExampleLoss(), count: capacity)
    activationSquares = activations.map { FloatBuffer(count: $0.words) }
    gradientSquares = zip(layers, activations).map { FloatBuffer(count: $0.panels * $1.groups.count) }
    references = FloatBuffer(count: activations[0].words * Int(DK_WORD))
    references.set(normalization.references)
    firstBiases = FloatBuffer(count: layers[0].filledOutputs)
    activations[0].set(example: meanExample, offsets)
    optimizerState = (0..<options.optimizer.stateCount).map { _ in
      FloatBuffer(count: architecture.bufferCount)
    }
    average = options.averageDecay > 0 ? FloatBuffer(count: architecture.bufferCount) : nil
    // From zero it would take the whole training to forget where it began.
    average?.copy(from: network.parameters)
    dropout = layers.indices.map { layerIndex in
      let share = layerIndex == 0 ? options.inputDropout : options.hiddenDropout
      guard share > 0 else { return nil }
      let random = CounterRandom(seed: options.seed, purpose: .dropout, offset: UInt32(layerIndex))
      // The epoch is set with each batch. A share so near to one that nothing were kept is cut at the last number.
      return dk_dropout(
        key: (random.key[0], random.key[1]), stream: random.stream, epoch: 0,
        threshold: min(UInt32(UInt16.max), UInt32((share * 65536).rounded())), scale: 1 / (1 - share),
        batchwise: options.dropoutScope == .batch)
    }
  }

  deinit {
    finished.deinitialize(count: finishedCount)
    finished.deallocate()
    exampleLosses.deallocate()
  }

  /// One step on one batch. A batch that does not fit the network is a fault of the program, and stops it before
  /// any memory is read or written where it should not be.
  ///
  /// - Parameters:
  ///   - batch: at most as many examples as there is room for.
  ///   - learningRate: of this step, at most.
  /// - Returns: what the examples said before the step, and how large it was.
  @discardableResult
  package func advance(on batch: Batch, learningRate: Float) -> StepReport {
    let architecture = network.architecture
    if let fault = batch.fault(
      inputs: architecture.inputs, classes: architecture.classes, capacity: capacity - 1)
    {
      preconditionFailure(fault)
    }
    stepCount += 1
    return batch.withView { batch in
      forward(batch)
      var report = StepReport(UnsafeBufferPointer(start: exampleLosses, count: batch.count))
      report.learningRate = limited(learningRate, report)
      backward(
        batch,
        options.optimizer.kernel(step: stepCount, learningRate: report.learningRate, examples: batch.count))
      // Last, for the average is of what the step leaves.
      limitNormsOfFirst()
      updateAverage()
      report.squaredGradient = gradientSquares.reduce(0.0) { sum, layer in
        layer.elements.reduce(sum) { $0 + Double($1) }
      }
      return report
    }
  }

  /// Goes on as if `stepCount` steps had been done; the buffers are to be set beside.
  ///
  /// - Parameter stepCount: steps that had been done.
  package func resume(stepCount: Int) {
    self.stepCount = stepCount
    // A group must not seem done because a step of the same number was done before. No round is under way, and the
    // next one releases this.
    for group in 0..<finishedCount { finished[group].store(0, ordering: .relaxed) }
  }

  /// δ of a panel's units for the examples from `first` on: [examples][width].
  func delta(_ layerIndex: Int, panel: Int, from first: Int = 0) -> UnsafeMutablePointer<Float> {
    let width = network.architecture.layers[layerIndex].width(of: panel)
    return deltas[layerIndex].pointer(
      at: panel * Architecture.Layer.panelUnits * capacity + first * width, count: (capacity - first) * width)
  }
}
