package io.wiregate.os.udp;

import java.util.ArrayList;
import java.util.List;

/// A classic BPF program that looks at a datagram's payload and returns a number. Source: the
/// kernel's Documentation/networking/filter.rst.
///
/// Loads are in network order; one that reaches past the payload ends the program with 0.
public final class BpfProgram {
  private static final int LD_W_ABS = 0x20;
  private static final int LD_B_ABS = 0x30;
  private static final int LD_W_LEN = 0x80;
  private static final int JMP_JEQ_K = 0x15;
  private static final int JMP_JGE_K = 0x35;
  private static final int ALU_AND_K = 0x54;
  private static final int RET_K = 0x06;
  private static final int RET_A = 0x16;

  /// `struct sock_filter`: opcode, jump if true, jump if false, operand.
  record Instruction(int code, int jumpTrue, int jumpFalse, int operand) {}

  private final List<Instruction> instructions;

  private BpfProgram(List<Instruction> instructions) {
    this.instructions = List.copyOf(instructions);
  }

  public static Builder builder() {
    return new Builder();
  }

  List<Instruction> instructions() {
    return instructions;
  }

  /// Puts a program together, instruction by instruction.
  public static final class Builder {
    private final List<Instruction> instructions = new ArrayList<>();

    private Builder() {}

    /// A := the 32-bit word at `offset`.
    public Builder loadWord(int offset) {
      return add(LD_W_ABS, 0, 0, offset);
    }

    /// A := the byte at `offset`.
    public Builder loadByte(int offset) {
      return add(LD_B_ABS, 0, 0, offset);
    }

    /// A := the length of the payload in bytes.
    public Builder loadLength() {
      return add(LD_W_LEN, 0, 0, 0);
    }

    /// A := A & `mask`.
    public Builder and(int mask) {
      return add(ALU_AND_K, 0, 0, mask);
    }

    /// Skips `ifEqual` instructions if A equals `value`, else `ifNot`; each at most 255.
    public Builder jumpIfEqual(int value, int ifEqual, int ifNot) {
      return add(JMP_JEQ_K, ifEqual, ifNot, value);
    }

    /// Skips `ifSo` instructions if A, unsigned, is `value` or more, else `ifNot`; each at most
    /// 255.
    public Builder jumpIfAtLeast(int value, int ifSo, int ifNot) {
      return add(JMP_JGE_K, ifSo, ifNot, value);
    }

    public Builder returnAccumulator() {
      return add(RET_A, 0, 0, 0);
    }

    public Builder returnConstant(int value) {
      return add(RET_K, 0, 0, value);
    }

    private Builder add(int code, int jumpTrue, int jumpFalse, int operand) {
      instructions.add(new Instruction(code, jumpTrue, jumpFalse, operand));
      return this;
    }

    public BpfProgram build() {
      return new BpfProgram(instructions);
    }
  }
}
