package verijot

import (
	"context"

	"github.com/verijot/verijot/bindings/go/internal/module"
)

// knownTenants says whether a tenant is known.
type knownTenants func(ctx context.Context, tenant string) (bool, error)

// askTenant refuses a token that the verifier has accepted, if one of those who are asked does not know its tenant.
func (v *coreVerifier) askTenant(ctx context.Context, all []knownTenants, token *Token) error {
	if len(all) == 0 {
		return nil
	}
	issuer := token.Issuer()
	tenant, isThere, err := v.tenantOf(issuer)
	if err != nil || !isThere {
		return err
	}
	for _, isKnown := range all {
		known, err := isKnown(ctx, tenant)
		if err != nil {
			return err
		}
		if !known {
			return v.unknownTenant(issuer)
		}
	}
	return nil
}

// unknownTenant is the refusal of a token of this issuer.
func (v *coreVerifier) unknownTenant(issuer string) error {
	var refused error
	err := v.instance.Do(func() {
		address, length := v.instance.Text(issuer)
		status := module.Status(v.instance.Xverijot_unknown_tenant(v.number.Load(), address, length))
		if status != module.Refused {
			refused = unexpected(v.instance, status)
			return
		}
		refused = refusalOf(v.instance.AnswerView())
	})
	if err != nil {
		return err
	}
	return refused
}

// tenantOf gives the tenant of an accepted token's issuer, if a template of the policy gives it.
func (v *coreVerifier) tenantOf(issuer string) (tenant string, isThere bool, err error) {
	var problem error
	err = v.instance.Do(func() {
		address, length := v.instance.Text(issuer)
		switch status := module.Status(v.instance.Xverijot_tenant(v.number.Load(), address, length)); status {
		case module.Done:
			tenant, isThere = v.instance.Answer(), true
		case module.Nothing:
		default:
			problem = unexpected(v.instance, status)
		}
	})
	if err == nil {
		err = problem
	}
	return tenant, isThere, err
}
