import CKernels
import Networks
import Testing

/// The two forms of the backward kernel: which of them a machine runs must not show in the result.
@Suite struct BackwardKernelTests {
  private static let units = 5
  private static let capacity = 12

  private enum Form: CaseIterable { case chosen, portable }

  /// Weights, the optimiser's two memories, dots and squares after a pass over lists of different lengths.
  private func pass(
    _ form: Form, width: Int, kind: dk_optimizer_kind, withDots: Bool, startsDots: Bool
  ) -> [FloatBuffer] {
    let (units, capacity) = (Self.units, Self.capacity)
    let sizes = [units * width, units * width, units * width, units * capacity, width, capacity * width]
    let buffers = sizes.enumerated().map { seed, count in
      let buffer = FloatBuffer(count: count)
      buffer.set((0..<count).map { Float(($0 &* 7919 &+ seed) % 2003) / 2003 })
      return buffer
    }
    let stride = capacity + Int(DK_UNROLL)
    var entries = [dk_entry](repeating: dk_entry(), count: units * stride)
    var counts = [UInt32](repeating: 0, count: units)
    for unit in 0..<units {
      for example in 0..<capacity where (unit * example + example) % 5 < unit {
        let place = unit * stride + Int(counts[unit])
        entries[place] = dk_entry(example: UInt32(example), value: Float(unit + example))
        counts[unit] += 1
      }
    }
    var optimizer = dk_optimizer(
      kind: kind, gradient_scale: 0.25, learning_rate: 0.01, beta1: 0.9, beta2: 0.999, second_correction: 1.1,
      epsilon: 1e-8)
    let memory = buffers.map { $0.pointer(at: 0, count: $0.count) }
    let weights = dk_parameters(
      parameters: memory[0], first_moment: memory[1], second_moment: memory[2])
    let dots = withDots ? memory[3] : nil
    entries.withUnsafeMutableBufferPointer { entries in
      counts.withUnsafeMutableBufferPointer { counts in
        var group = dk_group(
          values: nil, masks: nil, entries: entries.baseAddress, entry_counts: counts.baseAddress,
          units: units, capacity: capacity)
        let (delta, squares) = (memory[5], memory[4])
        switch form {
        case .chosen: _ = dk_backward(&group, delta, dots, startsDots, weights, width, &optimizer, squares)
        case .portable:
          _ = dk_backward_portably(&group, delta, dots, startsDots, weights, width, &optimizer, squares)
        }
      }
    }
    return buffers
  }

  @Test(arguments: [16, 32, 48, 64], ["SGD", "Adam"])
  func `One loop for both products and a loop for each give the same bits`(width: Int, optimizer: String) {
    let kind = optimizer == "Adam" ? DK_ADAM : DK_SGD
    for (withDots, startsDots) in [(false, false), (true, false), (true, true)] {
      let results = Form.allCases.map {
        pass($0, width: width, kind: kind, withDots: withDots, startsDots: startsDots).map(\.elements)
      }
      #expect(results[0] == results[1])
      #expect(results[0].allSatisfy { $0.allSatisfy(\.isFinite) })
    }
  }
}
