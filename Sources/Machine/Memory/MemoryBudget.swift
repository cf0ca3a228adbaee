/// The memory that one run of a program shares out: to the nets that it trains at a time, and of each to its windows
/// of examples and its caches. What is needed and not there is refused; what only saves time is left out. No result
/// depends on it.
package struct MemoryBudget: Equatable, Sendable {
  /// That of this run of the program, by what was available when it was first asked for.
  package static let ofProgram = MemoryBudget(available: SystemMemory.available)

  /// Bytes that are left.
  package private(set) var bytes: Int

  /// - Parameter bytes: to share out.
  package init(bytes: Int) { self.bytes = max(0, bytes) }

  /// - Parameter bytes: that the machine has; a tenth and 16 MB stay for what nobody counts: code, stacks, the gaps of
  ///   the allocator.
  package init(available bytes: Int) { self.init(bytes: bytes - bytes / 10 - (16 << 20)) }

  /// Takes what a work cannot do without.
  ///
  /// - Parameters:
  ///   - needed: bytes.
  ///   - name: of the work, for the message.
  /// - Throws: `MachineError.tooLittleMemory`.
  package mutating func take(_ needed: Int, for name: String) throws {
    guard offers(needed) else {
      throw MachineError.tooLittleMemory(name: name, needed: needed, available: bytes)
    }
  }

  /// Takes what saves time, if it is there.
  ///
  /// - Parameter wanted: bytes.
  /// - Returns: whether they were taken.
  package mutating func offers(_ wanted: Int) -> Bool {
    guard wanted <= bytes else { return false }
    bytes -= wanted
    return true
  }

  /// How many works can go on at the same time.
  ///
  /// - Parameters:
  ///   - most: that are wanted at the same time.
  ///   - each: bytes that a work cannot do without.
  /// - Returns: 0 if there is not even room for one.
  package func atOnce(_ most: Int, each: Int) -> Int { min(most, bytes / max(1, each)) }

  /// Divides it into equal parts.
  ///
  /// - Parameter count: of the parts, 1 or more.
  /// - Returns: one part.
  package func divided(by count: Int) -> MemoryBudget { MemoryBudget(bytes: bytes / count) }
}
