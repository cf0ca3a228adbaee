import CKernels
import Testing

/// The two forms of the backward kernel: which of them a machine runs must not show in the result.
@Suite struct BackwardKernelTests {
  private static let units = 5
  private static let capacity = 12
  private static let width = 64

  /// What a pass leaves behind, bit by bit.
  private struct Outcome: Equatable {
    var arrays: [[UInt32]]
  }

  /// A pass over weights, lists of different lengths and derivatives that are the same each time.
  private func run(
    width: Int, adam: Bool, withDots: Bool, startsDots: Bool,
    _ kernel: (
      UnsafePointer<dk_activations>, UnsafePointer<Float>, UnsafeMutablePointer<Float>?, Bool, dk_weights,
      Int, UnsafePointer<dk_optimizer>, UnsafeMutablePointer<Float>?
    ) -> Void
  ) -> Outcome {
    let (units, capacity) = (Self.units, Self.capacity)
    func numbers(_ count: Int, seed: Int) -> UnsafeMutableBufferPointer<Float> {
      let memory = UnsafeMutableRawPointer.allocate(byteCount: 4 * count, alignment: 64)
      let buffer = UnsafeMutableBufferPointer(
        start: memory.bindMemory(to: Float.self, capacity: count), count: count)
      for index in 0..<count { buffer[index] = Float((index &* 7919 &+ seed) % 2003) / 1001 - 1 }
      return buffer
    }
    var buffers = (0..<3).map { numbers(units * width, seed: $0) }
    for index in 0..<units * width { buffers[2][index] = abs(buffers[2][index]) }
    buffers += [
      numbers(units * capacity, seed: 3), numbers(width, seed: 4), numbers(capacity * width, seed: 5),
    ]
    defer { for buffer in buffers { buffer.deallocate() } }
    let stride = capacity + Int(DK_UNROLL)
    var columns = [dk_entry](repeating: dk_entry(), count: units * stride)
    var counts = [UInt32](repeating: 0, count: units)
    for unit in 0..<units {
      for example in 0..<capacity where (unit * example + example) % 5 < unit {
        columns[unit * stride + Int(counts[unit])] = dk_entry(
          example: UInt32(example), value: Float(unit + example))
        counts[unit] += 1
      }
    }
    var optimizer = dk_optimizer(
      gradient_scale: 0.25, rate: 0.01, beta1: 0.9, beta2: 0.999, correction: 1.1, epsilon: 1e-8, adam: adam)
    columns.withUnsafeMutableBufferPointer { columns in
      counts.withUnsafeMutableBufferPointer { counts in
        var rows = dk_activations(
          values: nil, masks: nil, columns: columns.baseAddress, counts: counts.baseAddress, units: units,
          capacity: capacity)
        kernel(
          &rows, buffers[5].baseAddress!, withDots ? buffers[3].baseAddress : nil, startsDots,
          dk_weights(
            weights: buffers[0].baseAddress, first: buffers[1].baseAddress, second: buffers[2].baseAddress),
          width, &optimizer, buffers[4].baseAddress)
      }
    }
    return Outcome(arrays: buffers.map { $0.map(\.bitPattern) })
  }

  @Test(arguments: [16, 32, 48, 64], [false, true])
  func `One loop for both products and a loop for each give the same bits`(width: Int, adam: Bool) {
    for (withDots, startsDots) in [(false, false), (true, false), (true, true)] {
      let chosen = run(width: width, adam: adam, withDots: withDots, startsDots: startsDots) {
        dk_backward($0, $1, $2, $3, $4, $5, $6, $7)
      }
      let portable = run(width: width, adam: adam, withDots: withDots, startsDots: startsDots) {
        dk_backward_portably($0, $1, $2, $3, $4, $5, $6, $7)
      }
      #expect(chosen == portable)
      #expect(
        chosen.arrays[0]
          != run(width: width, adam: adam, withDots: false, startsDots: false) { _, _, _, _, _, _, _, _ in }
          .arrays[0])
    }
  }
}
