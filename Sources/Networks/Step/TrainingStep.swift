import CKernels
import CounterRandom
import Machine
import Synchronization

/// The training step of a multilayer perceptron: forward, loss, backward, update, and all its buffers.
///
/// The kernels skip zeros (`CKernels`): four fifths of the pixels and most hidden activations cost nothing. A step is
/// cut into tasks that depend on the network alone, so the result is the same for any number of threads. Buffers are
/// allocated once; a step allocates nothing that grows with the network.
///
/// Members that are not `private` belong to the parts of the step: `TrainingStep+Forward`, `+Backward`, `+MaxNorm`,
/// `+Curvature` and `+Average`. The terms units, words, groups, panels and entries are those of `ckernels.h`.
package final class TrainingStep {
  /// The network, trained in place.
  package let network: Network
  /// Settings of a step.
  package let options: StepOptions
  /// Number of steps done.
  package private(set) var stepCount = 0
  /// The EMA of the weights; nil without it.
  package let average: FloatBuffer?
  /// The optimiser's moments in the layout of the parameters: the velocity, or Adam's two.
  package let optimizerState: [FloatBuffer]

  let team: ThreadTeam
  let objective: any Objective
  /// Number of examples in the buffers, including the mean example; a multiple of `DK_UNROLL`.
  let capacity: Int
  /// [layers], the inputs of each layer: pixels, then the activations of each hidden layer.
  let activations: [Activations]
  /// δ, the derivatives of each example's loss by the inputs of a layer's units (before ReLU):
  /// [panels][capacity][width].
  let deltas: [FloatBuffer]
  /// [threads]; for each thread the derivatives by a group of activations, at the entries of the units' lists:
  /// [units][capacity].
  let dots: [FloatBuffer]
  /// Squared norms of each layer's incoming weights, summed over one group of inputs: [groups][filled outputs].
  let squares: [FloatBuffer]
  /// [groups of the second layer's inputs], the last step whose backward pass has finished the group.
  let finished: UnsafeMutablePointer<Atomic<Int>>
  private let finishedCount: Int
  /// [capacity], losses of the batch.
  let exampleLosses: UnsafeMutablePointer<ExampleLoss>
  /// Sums of the squared inputs of each layer: [words].
  let activationSquares: [FloatBuffer]
  /// Sums of the squared gradient of each layer: [groups][panels].
  let gradientSquares: [FloatBuffer]
  /// Centring and scaling of the pixels.
  package let normalization: InputNormalization
  /// [inputs, filled up to whole words], subtracted from the pixels.
  let references: FloatBuffer
  /// Number of an example outside every batch that holds the distance of the references from the means; nil if they
  /// are equal.
  let meanExample: Int?
  /// [filled outputs of the first layer], biases plus the contribution of the mean example.
  let firstBiases: FloatBuffer
  /// [layers], dropout of the inputs of each layer; nil without dropout.
  let dropout: [dk_dropout?]

  /// - Parameters:
  ///   - network: to be trained in place.
  ///   - objective: the loss to minimise, averaged over the examples of a batch.
  ///   - options: settings of a step.
  ///   - capacity: size of the largest batch.
  ///   - normalization: centring and scaling of the pixels; nil for the input scale of the network alone.
  ///   - team: the threads that do the work.
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
    // One more than the batch, for the mean example or the sums of δ, rounded up because lists are padded to
    // DK_UNROLL entries.
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
    // 0 is no step: steps are counted from 1.
    for group in 0..<finishedCount { (finished + group).initialize(to: Atomic(0)) }
    exampleLosses = .allocate(capacity: capacity)
    exampleLosses.initialize(repeating: ExampleLoss(), count: capacity)
    activationSquares = activations.map { FloatBuffer(count: $0.words) }
    gradientSquares = zip(layers, activations).map { FloatBuffer(count: $0.panels * $1.groups.count) }
    references = FloatBuffer(count: activations[0].words * Int(DK_WORD))
    references.set(normalization.references)
    firstBiases = FloatBuffer(count: layers[0].filledOutputs)
    // Set once for all steps: `activate` writes only the examples of a batch.
    activations[0].set(example: meanExample, offsets)
    optimizerState = (0..<options.optimizer.stateCount).map { _ in
      FloatBuffer(count: architecture.bufferCount)
    }
    average = options.averageDecay > 0 ? FloatBuffer(count: architecture.bufferCount) : nil
    // An EMA that started from zero would need the whole training to forget it.
    average?.copy(from: network.parameters)
    dropout = layers.indices.map { layerIndex in
      let share = layerIndex == 0 ? options.inputDropout : options.hiddenDropout
      guard share > 0 else { return nil }
      let random = CounterRandom(seed: options.seed, purpose: .dropout, offset: UInt32(layerIndex))
      // The epoch is set with each batch. A probability that rounds to 65536 of 65536 is cut to 65535.
      return dk_dropout(
        key: (random.key[0], random.key[1]), stream: random.stream, epoch: 0,
        threshold: min(UInt32(UInt16.max), UInt32((share * 65536).rounded())), scale: 1 / (1 - share),
        batchwise: options.dropoutScope == .batch)
    }
  }

  /// How large the buffers of a step are, without weights and what the optimiser keeps of them, and without what is
  /// small.
  ///
  /// - Parameters:
  ///   - architecture: of the network.
  ///   - capacity: examples in the largest batch.
  ///   - threads: of the team.
  /// - Returns: bytes.
  package static func bytes(of architecture: Architecture, capacity: Int, threads: Int) -> Int {
    // Of each activation the value and its entry in a list, of each unit's output a derivative.
    let perExample = architecture.layers.reduce(threads * Activations.groupSize * MemoryLayout<Float>.stride)
    {
      $0 + $1.inputs * (MemoryLayout<Float>.stride + MemoryLayout<dk_entry>.stride)
        + $1.filledOutputs * MemoryLayout<Float>.stride
    }
    return perExample * (capacity + Int(DK_UNROLL))
  }

  deinit {
    finished.deinitialize(count: finishedCount)
    finished.deallocate()
    exampleLosses.deallocate()
  }

  /// Runs one step on a batch. A batch that does not fit the network is a programming error and stops the program
  /// before any kernel can read or write out of bounds.
  ///
  /// - Parameters:
  ///   - batch: at most as many examples as the `capacity` given to `init`.
  ///   - learningRate: upper limit for this step.
  /// - Returns: losses before the update, and the size of the update.
  @discardableResult
  package func advance(on batch: Batch, learningRate: Float) -> StepReport {
    let architecture = network.architecture
    if let fault = batch.fault(
      inputs: architecture.inputs, classes: architecture.classes, capacity: capacity - 1)
    {
      preconditionFailure(fault)
    }
    // Before the passes: Adam counts from 1, and `finished` must differ from the step before.
    stepCount += 1
    return batch.withView { batch in
      forward(batch)
      var report = StepReport(UnsafeBufferPointer(start: exampleLosses, count: batch.count))
      // Between the passes: the curvature is known after the forward pass, and the backward pass moves the weights.
      report.learningRate = limited(learningRate, report)
      backward(
        batch,
        options.optimizer.kernel(step: stepCount, learningRate: report.learningRate, examples: batch.count))
      // Last, because the EMA averages the weights that the step leaves.
      limitNormsOfFirst()
      updateAverage()
      // Summed in a fixed order and in double precision: [layers][groups, panels].
      report.squaredGradient = gradientSquares.reduce(0.0) { sum, layer in
        layer.elements.reduce(sum) { $0 + Double($1) }
      }
      return report
    }
  }

  /// Continues as if `stepCount` steps had been done. The caller restores parameters, moments and EMA itself.
  ///
  /// - Parameter stepCount: number of steps done by the earlier run.
  package func resume(stepCount: Int) {
    self.stepCount = stepCount
    // A group must not seem finished because this object has already done a step of the same number. Relaxed is
    // enough: no round is running, and the start of the next one releases these stores.
    for group in 0..<finishedCount { finished[group].store(0, ordering: .relaxed) }
  }

  /// δ of a panel's units for the examples from `first` on: [examples][width].
  func delta(_ layerIndex: Int, panel: Int, from first: Int = 0) -> UnsafeMutablePointer<Float> {
    let width = network.architecture.layers[layerIndex].width(of: panel)
    return deltas[layerIndex].pointer(
      at: panel * Architecture.Layer.panelUnits * capacity + first * width, count: (capacity - first) * width)
  }
}
