import Storage

/// Errors caused by too few resources of the machine.
package enum MachineError: Failure, Equatable {
  /// `name` needs more bytes than are available.
  case tooLittleMemory(name: String, needed: Int, available: Int)

  package var kind: FailureKind { .inputOutput }

  package var description: String {
    switch self {
    case .tooLittleMemory(let name, let needed, let available):
      "\(name): not enough memory: expected \(Self.megabytes(needed, rounded: .up)) MB, "
        + "found \(Self.megabytes(available, rounded: .down)) MB available; free memory or raise its limit"
    }
  }

  /// Megabytes. The caller's rounding keeps the needed size from looking smaller than the available one.
  private static func megabytes(_ bytes: Int, rounded rule: FloatingPointRoundingRule) -> Int {
    Int((Double(bytes) / 1e6).rounded(rule))
  }
}
