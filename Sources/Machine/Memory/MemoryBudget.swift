/// The memory that one run of a program divides among the nets it trains at the same time, their windows of examples
/// and their caches. Missing memory for a necessary buffer is an error; a buffer that only saves time is left out. The
/// budget does not affect any result.
package struct MemoryBudget: Equatable, Sendable {
  /// The budget of this run, from the memory available at first use.
  package static let ofProgram = MemoryBudget(available: SystemMemory.available)

  /// Bytes not yet taken.
  package private(set) var bytes: Int

  /// - Parameter bytes: bytes to divide; a negative number counts as 0.
  package init(bytes: Int) { self.bytes = max(0, bytes) }

  /// - Parameter bytes: available bytes of the machine. A tenth and 16 MB are reserved for memory that is not counted:
  ///   code, stacks, fragmentation.
  package init(available bytes: Int) { self.init(bytes: bytes - bytes / 10 - (16 << 20)) }

  /// Takes memory that a task cannot do without.
  ///
  /// - Parameters:
  ///   - needed: number of bytes.
  ///   - name: name of the task, for the message.
  /// - Throws: `MachineError.tooLittleMemory`.
  package mutating func take(_ needed: Int, for name: String) throws {
    guard offers(needed) else {
      throw MachineError.tooLittleMemory(name: name, needed: needed, available: bytes)
    }
  }

  /// Takes memory that only saves time, if it is available.
  ///
  /// - Parameter wanted: number of bytes.
  /// - Returns: whether the bytes were taken.
  package mutating func offers(_ wanted: Int) -> Bool {
    guard wanted <= bytes else { return false }
    bytes -= wanted
    return true
  }

  /// Number of tasks that can run at the same time.
  ///
  /// - Parameters:
  ///   - most: upper limit of the number.
  ///   - each: bytes that one task needs.
  /// - Returns: 0 if the memory is too small for one task.
  package func atOnce(_ most: Int, each: Int) -> Int { min(most, bytes / max(1, each)) }

  /// Divides the budget into equal parts.
  ///
  /// - Parameter count: number of parts, 1 or more.
  /// - Returns: one part.
  package func divided(by count: Int) -> MemoryBudget { MemoryBudget(bytes: bytes / count) }
}
