import CKernels
import Networks
import Testing

/// The two forms of the backward kernel: which of them a machine runs must not show in the result.
@Suite struct BackwardKernelTests {
  private static let units = 5
  private static let capacity = 12

  private enum Form: CaseIterable { case chosen, portable }

  /// Weights, the optimiser's two memories, dots and squares after a pass over lists of different lengths.
  private func pass(_ form: Form, width: Int, adam: Bool, withDots: Bool, startsDots: Bool) -> [FloatBuffer] {
    let (units, capacity) = (Self.units, Self.capacity)
    let sizes = [units * width, units * width, units * width, units * capacity, width, capacity * width]
    let buffers = sizes.enumerated().map { seed, count in
      let buffer = FloatBuffer(count: count)
      buffer.set((0..<count).map { Float(($0 &* 7919 &+ seed) % 2003) / 2003 })
      return buffer
    }
    let stride = capacity + Int(DK_UNROLL)
    var columns = [dk_entry](repeating: dk_entry(), count: units * stride)
    var counts = [UInt32](repeating: 0, count: units)
    for unit in 0..<units {
      for example in 0..<capacity where (unit * example + example) % 5 < unit {
        let place = unit * stride + Int(counts[unit])
        columns[place] = dk_entry(example: UInt32(example), value: Float(unit + example))
        counts[unit] += 1
      }
    }
    var optimizer = dk_optimizer(
      gradient_scale: 0.25, rate: 0.01, beta1: 0.9, beta2: 0.999, correction: 1.1, epsilon: 1e-8, adam: adam)
    let weights = dk_weights(weights: buffers[0].base, first: buffers[1].base, second: buffers[2].base)
    let dots = withDots ? buffers[3].base : nil
    columns.withUnsafeMutableBufferPointer { columns in
      counts.withUnsafeMutableBufferPointer { counts in
        var rows = dk_activations(
          values: nil, masks: nil, columns: columns.baseAddress, counts: counts.baseAddress, units: units,
          capacity: capacity)
        let (delta, squares) = (buffers[5].base, buffers[4].base)
        switch form {
        case .chosen: dk_backward(&rows, delta, dots, startsDots, weights, width, &optimizer, squares)
        case .portable:
          dk_backward_portably(&rows, delta, dots, startsDots, weights, width, &optimizer, squares)
        }
      }
    }
    return buffers
  }

  @Test(arguments: [16, 32, 48, 64], [false, true])
  func `One loop for both products and a loop for each give the same bits`(width: Int, adam: Bool) {
    for (withDots, startsDots) in [(false, false), (true, false), (true, true)] {
      let results = Form.allCases.map {
        pass($0, width: width, adam: adam, withDots: withDots, startsDots: startsDots).map(\.elements)
      }
      #expect(results[0] == results[1])
      #expect(results[0].allSatisfy { $0.allSatisfy(\.isFinite) })
    }
  }
}
